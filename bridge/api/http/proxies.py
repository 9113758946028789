"""Requests that pass a proxy: which client a trusted one names, and the path without the base path.

Only the header fields of trusted proxies are believed: anyone else could name any address in them.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final, TypeAlias

from aiohttp import hdrs, web

from bridge.api.http.connections import ip_of
from bridge.api.http.options import ServerOptions

HAS_PASSED_PROXY: Final = web.RequestKey("has_passed_proxy", bool)
IS_OUTSIDE: Final = web.RequestKey("is_outside", bool)
"""Set for a request whose path does not begin with the base path."""
IS_BASE: Final = web.RequestKey("is_base", bool)
"""Set for a request of the base path without a slash at its end."""

Networks: TypeAlias = Sequence[IPv4Network | IPv6Network]
Rewrite: TypeAlias = Callable[[web.Request], web.Request]


def rewriting(options: ServerOptions) -> Rewrite | None:
    """Return the function that restores the request that the client sent; None if every one is as sent."""
    if not options.trusted_proxies and not options.base_path:
        return None

    def rewritten(request: web.Request) -> web.Request:
        changes = {**_path(request, options.base_path), **_forwarded(request, options.trusted_proxies)}
        return request.clone(**changes) if changes else request

    return rewritten


def is_trusted(address: str, proxies: Networks) -> bool:
    """Return whether an address is that of a trusted proxy."""
    ip = ip_of(address)
    return ip is not None and any(ip in network for network in proxies)


def client_of(peer: str, forwarded: Sequence[str], proxies: Networks) -> str:
    """Return the nearest address of a chain that is not a trusted proxy.

    Each proxy adds the address that it was called from, so only the end of the chain is certain.
    """
    client = peer
    for entry in reversed(forwarded):
        ip = ip_of(_without_port(entry.strip()))
        if ip is None or not is_trusted(client, proxies):
            return client
        client = str(ip)
    return client


def _path(request: web.Request, base_path: str) -> dict[str, Any]:
    path = request.rel_url.raw_path
    if not base_path:
        return {}
    if path != base_path and not path.startswith(f"{base_path}/"):
        request[IS_OUTSIDE] = True
        return {}
    if path == base_path:
        request[IS_BASE] = True
    shorter = path.removeprefix(base_path) or "/"
    changes: dict[str, Any] = {"rel_url": request.rel_url.with_path(shorter, encoded=True, keep_query=True)}
    if not request.raw_path.startswith("/"):  # an absolute target names the host
        changes["host"] = request.host
    return changes


def _forwarded(request: web.Request, proxies: Networks) -> dict[str, Any]:
    """Return what a trusted proxy says of the client; the last of several values is its own."""
    peer = request.remote or ""
    if not request.raw_headers or not is_trusted(peer, proxies):
        return {}
    request[HAS_PASSED_PROXY] = True
    changes = {"remote": client_of(peer, _values(request, hdrs.X_FORWARDED_FOR), proxies)}
    if host := _last(request, hdrs.X_FORWARDED_HOST):
        changes["host"] = host
    return changes


def _last(request: web.Request, name: str) -> str:
    return (_values(request, name) or [""])[-1].strip()


def _values(request: web.Request, name: str) -> Sequence[str]:
    return ",".join(request.headers.getall(name, ())).split(",")


def _without_port(entry: str) -> str:
    """Return an address that may be written with a port: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
