"""Checks the head of a request before its token: which host it is for, and where its body ends.

The parser refuses most heads that two servers could read differently (request smuggling). What it accepts
although RFC 9112 does not is refused here.
"""

import re
from collections.abc import Sequence
from typing import Final

from aiohttp import HttpVersion11, hdrs, web

from bridge.api.http.answers import Refusal

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~%!$&'()*+,;=-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


def check_head(request: web.Request, hosts: Sequence[str]) -> None:
    """Raise `Refusal`: 400 for an ambiguous head, 421 for a host that is not one of `hosts`."""
    _check_coding(request)
    given = request.headers.getall(hdrs.HOST, ())
    is_needed = request.version >= HttpVersion11
    if len(given) > 1 or (is_needed and not given) or not all(map(_HOST.fullmatch, given)):
        raise not_http("It must have one valid Host header")
    if hosts and not _is_one_of(_asked(request) if given else "", hosts):
        raise misdirected()


def not_http(why: str) -> Refusal:
    """Return the refusal of a head that no client sends."""
    return Refusal(400, "The request is not valid HTTP", why)


def misdirected() -> Refusal:
    """Return the refusal of a request for another host."""
    return Refusal(421, "This server does not answer for this host")


def must_be_last(request: web.Request) -> bool:
    """Return whether the bytes that follow the request may be of another protocol."""
    return request.method == hdrs.METH_CONNECT or hdrs.UPGRADE in request.headers


def _check_coding(request: web.Request) -> None:
    """Refuse a coding other than `chunked`, and any of HTTP/1.0, which has none (RFC 9112, section 6.1)."""
    codings = request.headers.getall(hdrs.TRANSFER_ENCODING, ())
    if codings and request.version < HttpVersion11:
        raise not_http("HTTP/1.0 has no Transfer-Encoding")
    if any(coding.strip().lower() != "chunked" for coding in codings):
        raise not_http("Transfer-Encoding must be chunked")


def _asked(request: web.Request) -> str:
    """Return the host in lower case: of an absolute target, else of the header."""
    name, colon, port = request.host.lower().rpartition(":")
    if not colon or not port.isdigit():
        return request.host.lower().rstrip(".")
    return f"{name.rstrip('.')}:{port}"


def _is_one_of(host: str, hosts: Sequence[str]) -> bool:
    """Return whether a host is listed, with or without its port."""
    name, colon, port = host.rpartition(":")
    return host in hosts or (bool(colon) and port.isdigit() and name in hosts)
