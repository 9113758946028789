"""Parses a Discord token as people paste it: removes what surrounds it, and rejects invalid ones."""

import re
from typing import Final

_AROUND: Final = " \t\r\n\v\f\u00a0\u200b\u200c\u200d\u2060\ufeff"
_QUOTES: Final = ('""', "''", "``", "“”", "„“", "‘’", "«»")
_SCHEME: Final = re.compile(r"\Abearer\s+", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[A-Za-z0-9._=-]+")
_MASKS: Final = ("…", "secured", "***", "[redacted]")


class InvalidToken(ValueError):
    """The text is not a Discord token; the message says why, without the text."""


def read_token(text: str) -> str:
    """Return the token without surrounding spaces, quotes and `Bearer`; raises `InvalidToken`."""
    token = _bare(text)
    if any(mask in token for mask in _MASKS):
        raise InvalidToken("it is the masked form that records show, not the token itself")
    if token.lower().startswith("bot "):
        raise InvalidToken("it is the token of a bot, and that of a user's account is needed")
    if not _TOKEN.fullmatch(token):
        raise InvalidToken("a token has only letters and digits of ASCII, dots, dashes and underscores")
    return token


def _bare(text: str) -> str:
    before = None
    while before != text:
        before = text
        text = _SCHEME.sub("", text.strip(_AROUND), count=1)
        if len(text) > 1 and text[0] + text[-1] in _QUOTES:
            text = text[1:-1]
    return text
