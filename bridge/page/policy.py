"""The Content Security Policy of the page: all is from this server, videos and pictures also from the CDN."""

import re
from collections.abc import Sequence
from typing import Final

_FIXED: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
_ADDRESS: Final = re.compile(r"(https?://)(?:[^/?#@]*@)?([A-Za-z0-9.\-_:\[\]]+)(?=[/?#]|$)")
"""Scheme, host and port; a host with anything that could end a directive is none."""


def policy(media: Sequence[str]) -> str:
    """Return the policy; `media` are the addresses where the bot's videos and pictures are."""
    found = [_ADDRESS.match(address) for address in media]
    origins = dict.fromkeys(match[1] + match[2] for match in found if match)
    sources = " ".join(("'self'", "blob:", *origins))
    return "; ".join((*_FIXED, f"img-src {sources}", f"media-src {sources}"))
