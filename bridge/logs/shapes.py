"""What secrets look like, for those that nobody has registered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

REDACTED: Final = "[redacted]"


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern of secrets. Nothing matches it unless the lower-case text contains one of the signs.

    `middle`: a part of the pattern, in lower case, that is found faster than the whole.
    """

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str
    middle: re.Pattern[str] | None = None

    def may_be_in(self, small: str) -> bool:
        """Return whether a lower-case text may contain a secret of this shape."""
        for sign in self.signs:
            if sign in small:
                return self.middle is None or self.middle.search(small) is not None
        return False


def _shape(signs: str, pattern: str, replacement: str = REDACTED, middle: str | None = None) -> Shape:
    return Shape(
        tuple(signs.split()), re.compile(pattern), replacement, None if middle is None else re.compile(middle)
    )


SECRET_NAMES: Final = frozenset(
    """
    accesstoken apikey apitoken authorization bottoken captchakey cookie discord discordtoken passwd password
    proxyauthorization refreshtoken secret secretkey setcookie token webhooksecret xapikey
    """.split()  # noqa: SIM905 - a table of words
)
"""Names of fields and headers whose value is a secret, in small letters, without hyphens and underscores."""

HEADERS: Final = (
    _shape(
        "authorization",
        r"(?i)(authorization['\"]?\s*[:=,]\s*(?:b?['\"])?)(?:(?:bearer|basic|bot)\s+)?[^\s'\",]+",
        rf"\1{REDACTED}",
    ),
    _shape(
        "bearer bot",
        r"(?i)\b(bearer|bot)\s+[^\s'\",]{8,}",
        rf"\1 {REDACTED}",
        middle=r"b(?:earer|ot)\s",
    ),
    _shape(
        "cookie",
        r"(?i)(\bcookie['\"]?\s*[:=,]\s*(?:b?['\"])?)[^\s'\"\\][^\r\n'\"\\]*",
        rf"\1{REDACTED}",
    ),
    _shape(
        "token= secret= password= key=",
        r"(?i)([?&](?:\w+_)?(?:token|secret|password|key)=)[^\s&#'\"]+",
        rf"\1{REDACTED}",
    ),
    _shape(
        "discord token secret password",
        r"(?i)(['\"](?:discord|(?:\w+[_-])?(?:token|secret|password))\\*['\"]\s*:\s*\\*['\"])[^'\"\\]+",
        rf"\1{REDACTED}",
    ),
)
"""Secrets that are known by the word before them; a person's text may contain such words."""
SHAPES: Final = (
    _shape("mfa.", r"mfa\.[\w-]{20,}"),
    _shape(".", r"[\w-]{18,40}\.[\w-]{6,7}\.[\w-]{25,}", middle=r"\.[\w-]{6,7}\.[\w-]{25}"),
    _shape("aw50zxjhy3rpb24", r"aW50ZXJhY3Rpb24[\w-]{8,}=*"),
    _shape("pvb_", r"pvb_[A-Za-z0-9]{16,}"),
    _shape("whsec_", r"whsec_[\w+/=-]+"),
    _shape("@", r"(://)[^/\s@'\"]+@", rf"\1{REDACTED}@"),
)


def is_secret_name(name: str) -> bool:
    """Return whether the field or header of this name contains a secret."""
    return name.lower().replace("_", "").replace("-", "") in SECRET_NAMES


def without_shapes(text: str, shapes: Sequence[Shape]) -> str:
    """Return the text without what has one of these shapes."""
    small = text.lower()
    for shape in shapes:
        if shape.may_be_in(small):
            text = shape.pattern.sub(shape.replacement, text)
    return text
