"""libcurl's transfers in the event loop, looked after only while there are any.

The library looks at its transfers ten times a second, in case that a signal of libcurl was missed, and goes
on with it when there is none: with a hundred idle connections that was nearly all that the bridge did.
"""

import asyncio
from typing import Any, TypeVar

from curl_cffi import AsyncCurl, Curl
from curl_cffi.requests import AsyncSession, Response

R = TypeVar("R", bound=Response)


class CalmCurl(AsyncCurl):
    """The library's, but for the look that begins with the first transfer and ends with the last."""

    def __init__(self) -> None:
        super().__init__()
        self._timeout_checker.cancel()

    def add_handle(self, curl: Curl) -> Any:
        """Begin a transfer."""
        if self._timeout_checker.done() or self._timeout_checker.cancelling():
            self._timeout_checker = self.loop.create_task(self._look())
        return super().add_handle(curl)

    def _pop_future(self, curl: Curl) -> asyncio.Future[Any] | None:
        future: asyncio.Future[Any] | None = super()._pop_future(curl)
        if not self._curl2future:
            self._timeout_checker.cancel()
        return future

    async def _look(self) -> None:
        await super()._force_timeout()  # type: ignore[no-untyped-call]


def calmed(session: AsyncSession[R]) -> AsyncSession[R]:
    """Let a session that has made no request yet look after its transfers only while there are any."""
    session._acurl = CalmCurl()
    return session
