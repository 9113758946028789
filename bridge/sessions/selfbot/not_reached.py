"""Why Discord was not reached: what an error of libcurl, of the library or of the system means."""

import re
from typing import Final
from urllib.parse import urlsplit

import discord
from curl_cffi import CurlECode, CurlError

from bridge.sessions import outage
from bridge.sessions.outage import Outage

UNTRUSTED: Final = frozenset({CurlECode.PEER_FAILED_VERIFICATION, CurlECode.SSL_ISSUER_ERROR})
NO_TLS: Final = frozenset({CurlECode.SSL_CONNECT_ERROR, CurlECode.SSL_CIPHER})
STATUS: Final = re.compile(r"(?:response|WebSocket upgrade:) ([0-9]{3})")
"""What libcurl says of a proxy or a gateway that answers with another status than was asked for."""


def not_reached(error: Exception, url: str, proxy: str | None) -> Outage:
    """Return why `url` was not reached, through `proxy` if there is one; its password is not shown."""
    host = urlsplit(url).hostname or url
    if isinstance(error, discord.HTTPException):
        return outage.answered(error.status)
    if isinstance(error, CurlError):
        return _by_curl(error, host, _shown(proxy)) or outage.cut_off(host, int(error.code))
    if isinstance(error, TimeoutError):
        return outage.no_answer(host)
    return Outage(f"the connection to {host} failed ({type(error).__name__})", outage.NETWORK)


def _by_curl(error: CurlError, host: str, proxy: str | None) -> Outage | None:
    status = STATUS.search(str(error))
    if proxy is not None and (through := _by_proxy(error, host, proxy, status)) is not None:
        return through
    if status is not None:
        return outage.answered(int(status[1]))
    if error.code == CurlECode.COULDNT_RESOLVE_HOST:
        return outage.unknown_name(host)
    if error.code == CurlECode.COULDNT_CONNECT:
        return outage.refused(host)
    if error.code == CurlECode.OPERATION_TIMEDOUT:
        return outage.no_answer(host)
    if error.code in UNTRUSTED:
        return outage.untrusted(host)
    return outage.no_tls(host) if error.code in NO_TLS else None


def _by_proxy(error: CurlError, host: str, proxy: str, status: re.Match[str] | None) -> Outage | None:
    if error.code == CurlECode.COULDNT_RESOLVE_PROXY:
        return outage.unknown_proxy(proxy)
    if error.code == CurlECode.COULDNT_CONNECT:
        return outage.proxy_answered(proxy, host, int(status[1])) if status else outage.proxy_refused(proxy)
    is_its_fault = error.code == CurlECode.PROXY or "Proxy CONNECT" in str(error)
    return outage.proxy_does_not_forward(proxy, host) if is_its_fault else None


def _shown(proxy: str | None) -> str | None:
    """Return host and port of a proxy's address, which may contain a password."""
    return urlsplit(proxy).netloc.rpartition("@")[2] if proxy else None
