"""One request to the bridge: its token, its time limits, and when it is repeated."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, TypeVar

import aiohttp

from bridge.client.errors import AnotherServer, ClientError, Unreachable, error_of, is_of_another_server
from bridge.client.links import parsed
from bridge.client.repeating import Repeats

T = TypeVar("T")
CONNECT_S: Final = 10.0
SILENCE_S: Final = 45.0
"""How long a stream may send nothing: the bridge sends at least its position every 15 seconds."""
USER_AGENT: Final = "pixverse-bridge-client"
KEY: Final = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Call:
    """A request; `form` makes its form data anew for each attempt.

    `is_repeatable`: it may be sent again when it is unknown whether the bridge has got it.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    form: Callable[[], aiohttp.FormData] | None = None
    key: str | None = None
    is_repeatable: bool = True


class Transport:
    """The connections to one bridge.

    `timeout_s` limits an attempt; a bridge that is away, restarts or answers 503 is tried again for
    `retry_s`.
    """

    def __init__(
        self, url: str, token: str, *, timeout_s: float, retry_s: float, ssl_context: ssl.SSLContext | None
    ) -> None:
        self.url = url.strip().rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is not the address of a bridge: it begins with http:// or https://")
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the API token has characters that no API token has")
        self._headers = {"Authorization": f"Bearer {token.strip()}", "User-Agent": USER_AGENT}
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._ssl = True if ssl_context is None else ssl_context
        self._session: aiohttp.ClientSession | None = None
        self._has_answered = False

    async def __aenter__(self) -> "Transport":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections; they are made in the event loop that uses them first."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=self._ssl))
        return self._session

    async def ask(self, call: Call, read: Callable[[Any], T], wait_for_slot_s: float | None = None) -> T:
        """Return what `read` makes of the answer's JSON, None if it has none; raises `ClientError`.

        A 429 is waited for as long as `wait_for_slot_s` says; without it, as long as a bridge that is away.
        """
        patience_s = self._retry_s if wait_for_slot_s is None else wait_for_slot_s
        repeats = Repeats(self._retry_s, patience_s, is_repeatable=call.is_repeatable)
        while True:
            try:
                return self._as_read(read, await self._once(call))
            except ClientError as error:
                pause_s = repeats.pause_after(error, has_answered=self._has_answered)
                if pause_s is None:
                    raise
            await asyncio.sleep(pause_s)

    @asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str], position: int | None
    ) -> AsyncIterator[aiohttp.StreamReader]:
        """Open a stream once, after a position; raises `ClientError`, also while it is read."""
        headers = {**self._headers, "Accept": "text/event-stream"}
        if position is not None:
            headers["Last-Event-ID"] = str(position)
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
        async with (
            _told(self.url),
            self.session.get(
                self.url + path, params=query, headers=headers, timeout=limits, allow_redirects=False
            ) as response,
        ):
            if response.content_type != "text/event-stream" or response.status != 200:
                self._read(response, await response.read())
                raise _no_bridge(self.url, response.status)
            self._has_answered = True
            yield response.content

    def _as_read(self, read: Callable[[Any], T], body: Any) -> T:
        """Return the value of an answer; one that has other fields is from another server."""
        try:
            value = read(body)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise _no_bridge(self.url, 200) from error
        self._has_answered = True
        return value

    async def _once(self, call: Call) -> Any:
        key = {KEY: call.key} if call.key is not None else {}
        async with (
            _told(self.url),
            self.session.request(
                call.method,
                self.url + call.path,
                params=call.query,
                json=call.body,
                data=call.form() if call.form else None,
                headers={**self._headers, **key},
                timeout=aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=CONNECT_S),
                allow_redirects=False,
            ) as response,
        ):
            return self._read(response, await response.read())

    def _read(self, response: aiohttp.ClientResponse, raw: bytes) -> Any:
        """Return the JSON of an answer; raises `ClientError`."""
        status = response.status
        if status == 204:
            return None
        if 300 <= status < 400:
            target = response.headers.get("Location", "another address")
            raise AnotherServer(f"{self.url} redirects to {target}: use that address")
        try:
            body = parsed(raw, self.url)
        except (ValueError, RecursionError):
            body = None
        if status >= 400:
            raise self._error(status, body if isinstance(body, dict) else {}, response)
        if body is None:
            raise _no_bridge(self.url, status)
        return body

    def _error(self, status: int, body: Mapping[str, Any], response: aiohttp.ClientResponse) -> ClientError:
        self._has_answered |= "error" in body
        if is_of_another_server(status, body):
            return _no_bridge(self.url, status)
        return error_of(status, body, response.headers.get("Retry-After"))


@asynccontextmanager
async def _told(url: str) -> AsyncIterator[None]:
    """Raise `Unreachable` for every way in which a connection or an answer can fail."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        raise Unreachable(_why(url, error)) from error
    except aiohttp.ConnectionTimeoutError as error:
        raise Unreachable(f"{url} does not answer: no connection within {CONNECT_S:g} seconds") from error
    except TimeoutError as error:
        raise Unreachable(f"{url} gave no answer in time", was_sent=True) from error
    except aiohttp.InvalidURL as error:
        raise ValueError(f"{url!r} is not an address") from error
    except (aiohttp.ClientError, OSError) as error:
        reason = f"the connection to {url} broke: {error or type(error).__name__}"
        raise Unreachable(reason, was_sent=True) from error


def _why(url: str, error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {url} is not trusted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"{url} does not speak TLS: {error.os_error}"
    if isinstance(error.os_error, socket.gaierror | aiohttp.ClientConnectorDNSError) or isinstance(
        error, aiohttp.ClientConnectorDNSError
    ):
        return f"the name {error.host} is not known"
    if isinstance(error.os_error, ConnectionRefusedError):
        return f"nothing listens at {url}: is the bridge running?"
    return f"no connection to {url}: {error.os_error}"


def _no_bridge(url: str, status: int) -> AnotherServer:
    """Return the error of an answer that no bridge gives; one of another version may still have worked."""
    reason = f"{url} answers, but not as a bridge does (HTTP status {status})"
    return AnotherServer(reason, was_sent=status < 300)
