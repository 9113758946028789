"""The URL of a receiver: which ones are allowed, as far as the URL itself tells, and how one is sent."""

import re
from ipaddress import IPv4Address
from typing import Final
from urllib.parse import quote

from yarl import URL

from bridge.callbacks.addresses import AllowedAddresses

_ALLOWED: Final = "!#$%&'()*+,/:;=?@[]~"
"""Characters allowed in a path or query besides letters and digits (RFC 3986); `%` is for escapes."""
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def refusal(url: str, allowed: AllowedAddresses) -> str | None:
    """Return why a URL is not allowed, as the rest of a sentence that begins with its name.

    Where a host name leads is known only when it is resolved, so it is not checked here.
    """
    if not _is_web_address(url):
        return "must be an http or https URL"
    if "@" in _authority(url):
        return "must not contain a user name or password"
    address = on_the_wire(url)
    host = address.raw_host or ""
    if address.port == 0:
        return "must not have port 0"
    if _is_odd(host):
        return "must have a host name, or an address in its usual form such as 192.0.2.1 or [2001:db8::1]"
    kind = allowed.refusal(host) if ":" in host or _is_numeric(host) else None
    if kind is None:
        return None
    return f"leads to {host}, {kind}: such a receiver must be listed in callbacks.allow"


def on_the_wire(url: str) -> URL:
    """Return a URL as HTTP requires it: non-ASCII characters percent-encoded, in a host name punycoded.

    Allowed characters stay byte for byte, because a receiver may have signed its own URL.
    """
    scheme, _, rest = url.partition("://")
    authority = _authority(url)
    tail = quote(rest[len(authority) :], safe=_ALLOWED)
    host = authority if authority.isascii() else str(URL(f"//{authority}")).removeprefix("//")
    return URL(f"{scheme}://{host}{tail}", encoded=True)


def _authority(url: str) -> str:
    return re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]


def _is_web_address(url: str) -> bool:
    try:
        parsed = URL(url)
        has_host = bool(parsed.host) and parsed.port is not None
        (parsed.raw_host or "").encode("idna")  # a name that is invalid in DNS, such as `a..b`
    except (ValueError, IndexError):  # raised by yarl for `http://a[::1]:1x@`
        return False
    return parsed.scheme in ("http", "https") and has_host and url.isprintable() and " " not in url


def _is_numeric(host: str) -> bool:
    """Return whether a host is an IPv4 address in some spelling: no name ends with a number."""
    return _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None


def _is_odd(host: str) -> bool:
    """Return whether a host is an IPv6 address with a zone, or an IPv4 one in an odd spelling."""
    return "%" in host if ":" in host else _is_numeric(host) and not _is_ipv4(host)


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True
