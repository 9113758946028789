"""The library's HTTP client, pointed at an endpoint; it only logs in and opens gateway sockets here."""

import asyncio
import base64
import json
from typing import Any, Final

import aiohttp
import structlog
import tzlocal
import yarl
from curl_cffi import requests
from discord import utils
from discord.http import HTTPClient, Route

from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot.calm_curl import calmed

log = structlog.get_logger(__name__)

MOST_FRAME_BYTES: Final = 64 << 20
LOOK_UP_LIMIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 30.0
"""For how long the library waits by itself after a 429; of a longer wait it raises."""
BROWSER_VERSION: Final = utils.Headers.FALLBACK_BROWSER_VERSION
USER_AGENT: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    f"(KHTML, like Gecko) Chrome/{BROWSER_VERSION}.0.0.0 Safari/537.36"
)


class Transport(HTTPClient):
    """Talks to the endpoint; towards another Discord than the real one nothing is looked up anywhere."""

    def __init__(self, endpoint: Endpoint, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            loop=loop,
            proxy=endpoint.proxy,
            captcha=None,
            max_ratelimit_timeout=LONGEST_WAIT_S,
            debug_options=["bugReporterEnabled"],
        )
        self._endpoint = endpoint
        self._socket: requests.AsyncWebSocket | None = None

    async def startup(self) -> None:
        """Choose headers and open the HTTP sessions; the environment's proxies are kept out."""
        if self._started:
            return
        if self._endpoint.is_real_discord:
            await self._start_like_the_web_client()
        else:
            self._start_quietly()

    async def request(self, route: Route, **kwargs: Any) -> Any:
        """Send a request of the library to the endpoint."""
        route.url = self._endpoint.versioned_api_url + route.url.removeprefix(Route.BASE)
        return await super().request(route, **kwargs)

    async def ws_connect(self, url: str, **kwargs: Any) -> requests.AsyncWebSocket:
        """Open a gateway socket and remember it, so that one nobody waits for any more can be ended."""
        self.abort_socket()
        self._socket = await super().ws_connect(url, max_message_size=MOST_FRAME_BYTES, **kwargs)
        return self._socket

    def abort_socket(self) -> None:
        """End the socket that was opened last, without ceremony."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.terminate()

    def cookies(self) -> dict[str, str]:
        """Return the cookies that Discord has set so far."""
        return {cookie.name: cookie.value or "" for cookie in self._HTTPClient__session.cookies.jar}

    def presented_headers(self) -> dict[str, str]:
        """Return the headers that the library sends with each request, without authorization."""
        headers = {
            **self.headers.client_hints,
            "Accept": "*/*",
            "Accept-Language": "en-US,en;q=0.9",
            "Accept-Encoding": "gzip, deflate, br, zstd",
            "Origin": "https://discord.com",
            "Priority": "u=0, i",
            "Referer": "https://discord.com/channels/@me",
            "Sec-Fetch-Dest": "empty",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "same-origin",
            "User-Agent": self.headers.user_agent,
            "X-Discord-Locale": self.get_locale(),
            "X-Super-Properties": self.headers.encoded_super_properties,
            "X-Debug-Options": ",".join(self.debug_options or ()),
        }
        timezone = _timezone_name()
        return {**headers, "X-Discord-Timezone": timezone} if timezone else headers

    async def _start_like_the_web_client(self) -> None:
        """Let the library download the web client's values, with a time limit, because it has none."""
        try:
            async with asyncio.timeout(LOOK_UP_LIMIT_S):
                await super().startup()
        except TimeoutError:
            log.warning("web_client_not_looked_up", limit_s=LOOK_UP_LIMIT_S)
            await self.connector.close()
            self._start_quietly()
        calmed(self._HTTPClient__session).proxies = {"all": self._endpoint.only_proxy}

    def _start_quietly(self) -> None:
        self._global_over = asyncio.Event()
        self._global_over.set()
        self.connector = aiohttp.TCPConnector(limit=0)
        self._HTTPClient__asession = aiohttp.ClientSession(connector=self.connector)
        self._HTTPClient__session: requests.AsyncSession[requests.Response] = calmed(
            requests.AsyncSession(
                impersonate="chrome", default_headers=False, proxies={"all": self._endpoint.only_proxy}
            )
        )
        self.headers = _plain_headers()
        self._started = True


def gateway_address(endpoint: Endpoint) -> yarl.URL:
    """Return where a new gateway session is opened."""
    return yarl.URL(endpoint.gateway_url)


def _plain_headers() -> utils.Headers:
    properties = {
        "os": "Windows",
        "browser": "Chrome",
        "browser_user_agent": USER_AGENT,
        "browser_version": f"{BROWSER_VERSION}.0.0.0",
        "os_version": "10",
        "release_channel": "stable",
        "client_build_number": utils.Headers.FALLBACK_BUILD_NUMBER,
        "system_locale": "en-US",
    }
    encoded = base64.b64encode(json.dumps(properties).encode()).decode()
    return utils.Headers(
        platform="Windows",
        major_version=BROWSER_VERSION,
        super_properties=properties,
        encoded_super_properties=encoded,
    )


def _timezone_name() -> str | None:
    try:
        return tzlocal.get_localzone_name()
    except (LookupError, OSError, ValueError):
        return None
