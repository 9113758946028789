"""Streamable HTTP: who may ask, and the server behind it.

A web page that a browser has open can reach loopback too: so only requests for an address that is allowed are
answered, and none from a page of another origin.
"""

import hmac
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.client import Client
from bridge.mcp.server import server_of

PATH: Final = "/mcp"
MOST_BYTES: Final = 32 * 1024 * 1024
"""A picture of 20 MiB as base64, and what stands around it."""
SESSIONS: Final = 100
GOODBYE_S: Final = 5
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask: with which token, None for everybody, and at which hosts, as `Host` names them."""

    hosts: Sequence[str]
    token: str | None = field(repr=False)


async def serve_http(client: Client, listening: socket.socket, access: Access) -> None:
    """Answer at a socket that listens, up to SIGINT or SIGTERM."""
    config = uvicorn.Config(
        app_of(client, access),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_S,
    )
    await EndingServer(config).serve(sockets=[listening])


class EndingServer(uvicorn.Server):
    """A server that has ended well when a signal ends it: uvicorn's own then raises the signal once more."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let the signals end it, while the context is open, if this is the thread that gets them."""
        is_main = threading.current_thread() is threading.main_thread()
        before = {one: signal.signal(one, self.handle_exit) for one in (ENDING if is_main else ())}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def app_of(client: Client, access: Access) -> ASGIApp:
    """Return the application."""
    app = server_of(client, reads_files=False).streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=MOST_BYTES,
        max_sessions=SESSIONS,
        transport_security=TransportSecuritySettings(
            allowed_hosts=list(access.hosts),
            allowed_origins=[f"{scheme}://{host}" for host in access.hosts for scheme in ("http", "https")],
        ),
    )
    return app if access.token is None else TokenRequired(app, access.token)


class TokenRequired:
    """Answers 401 to a request without the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may ask, and what is no request."""
        if scope["type"] == "http" and not self._may_ask(Headers(scope=scope)):
            refused = Response("A bearer token is required", 401, {"WWW-Authenticate": "Bearer"})
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_ask(self, headers: Headers) -> bool:
        return hmac.compare_digest(headers.get("authorization", "").encode("latin-1"), self._wanted)


def hosts_of(host: str, port: int, others: Sequence[str]) -> Sequence[str]:
    """Return what `Host` may be: what is listened on, the names of loopback, and what else is allowed."""
    own = ("127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host)
    return tuple(dict.fromkeys([*(f"{name}:{port}" for name in own), *others]))


def is_loopback(host: str) -> bool:
    """Tell whether only programs of this machine reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
