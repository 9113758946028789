"""libcurl's transfers in the event loop, polled only while there are any.

curl_cffi polls its transfers ten times a second, in case it missed a signal of libcurl, even when there are
none: with a hundred idle connections this was most of the bridge's CPU time. It polls in a task that nothing
owns; here it is a timer.
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
    """The library's class, polling only from the first transfer to the last."""

    def __init__(self) -> None:
        super().__init__()
        self._timeout_checker.cancel()
        self._next_look: asyncio.Handle | None = None

    @property
    def is_looking(self) -> bool:
        """Return whether transfers are polled."""
        return self._next_look is not None

    def add_handle(self, curl: Curl) -> Any:
        """Start a transfer."""
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
    """Make a session without requests so far poll its transfers only while there are any."""
    session._acurl = CalmCurl()
    return session
