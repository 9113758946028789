"""libcurl's transfers in the event loop, looked after only while there are any.

The library looks at its transfers ten times a second, in case that a signal of libcurl was missed, and goes
on with it when there is none: with a hundred idle connections that was nearly all that the bridge did. It
does so in a task that belongs to nobody; here it is a timer.
"""

import asyncio
from typing import Any, Final, TypeVar

from curl_cffi import AsyncCurl, Curl
from curl_cffi.aio import CURL_POLL_NONE, CURL_SOCKET_TIMEOUT
from curl_cffi.requests import AsyncSession, ProxySpec, Response

from bridge.sessions.endpoint import Endpoint

R = TypeVar("R", bound=Response)

LOOK_S: Final = 0.1


class CalmCurl(AsyncCurl):
    """The library's, but for the look that begins with the first transfer and ends with the last."""

    def __init__(self) -> None:
        super().__init__()
        self._timeout_checker.cancel()
        self._next_look: asyncio.Handle | None = None

    @property
    def is_looking(self) -> bool:
        """Tell whether transfers are looked after."""
        return self._next_look is not None

    def add_handle(self, curl: Curl) -> Any:
        """Begin a transfer."""
        if self._next_look is None:
            self._next_look = self.loop.call_soon(self._look)
        return super().add_handle(curl)

    async def close(self) -> None:
        """End all transfers."""
        self._look_no_more()
        await super().close()  # type: ignore[no-untyped-call]

    def _pop_future(self, curl: Curl) -> asyncio.Future[Any] | None:
        future: asyncio.Future[Any] | None = super()._pop_future(curl)
        if not self._curl2future:
            self._look_no_more()
        return future

    def _look(self) -> None:
        self._next_look = self.loop.call_later(LOOK_S, self._look)
        self.socket_action(CURL_SOCKET_TIMEOUT, CURL_POLL_NONE)

    def _look_no_more(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
        self._next_look = None


def http_session(endpoint: Endpoint, **options: Any) -> AsyncSession[Response]:
    """Return a session that looks like a browser's to Discord and takes the configured way there."""
    proxies: ProxySpec = {"all": endpoint.only_proxy}
    return calmed(AsyncSession(impersonate="chrome", default_headers=False, proxies=proxies, **options))


def calmed(session: AsyncSession[R]) -> AsyncSession[R]:
    """Let a session that has made no request yet look after its transfers only while there are any."""
    session._acurl = CalmCurl()
    return session
