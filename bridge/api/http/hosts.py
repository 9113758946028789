"""Checks which host a request is for, before anything else is read."""

from collections.abc import Sequence

from aiohttp import HttpVersion11, hdrs, web

from bridge.api.http.answers import Refusal


def check_host(request: web.Request, hosts: Sequence[str]) -> None:
    """Raise `Refusal`: 400 without exactly one `Host` (RFC 9112, section 3.2), 421 for an unlisted host."""
    given = request.headers.getall(hdrs.HOST, ())
    if len(given) > 1 or (not given and request.version >= HttpVersion11):
        raise no_host()
    if hosts and not _is_one_of(_asked(request) if given else "", hosts):
        raise misdirected()


def no_host() -> Refusal:
    """Return the refusal of a request that does not say once which host it is for."""
    return Refusal(400, "The request is not valid HTTP", "It must have one Host header")


def misdirected() -> Refusal:
    """Return the refusal of a request for another host."""
    return Refusal(421, "This server does not answer for this host")


def _asked(request: web.Request) -> str:
    """Return the host as it is compared: that of an absolute target before that of the header."""
    name, colon, port = request.host.lower().rpartition(":")
    if not colon or not port.isdigit():
        return request.host.lower().rstrip(".")
    return f"{name.rstrip('.')}:{port}"


def _is_one_of(host: str, hosts: Sequence[str]) -> bool:
    """Return whether a host is listed, with or without its port."""
    name, colon, port = host.rpartition(":")
    return host in hosts or (bool(colon) and port.isdigit() and name in hosts)
