"""What secrets look like, for those that nobody has registered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

REDACTED: Final = "[redacted]"


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern of secrets. `sign` is a fast check on the lower-case text: if it fails, nothing matches."""

    sign: re.Pattern[str]
    pattern: re.Pattern[str]
    replacement: str


def _shape(sign: str, pattern: str, replacement: str = REDACTED) -> Shape:
    return Shape(re.compile(sign), re.compile(pattern), replacement)


SECRET_NAMES: Final = frozenset(
    """
    accesstoken apikey apitoken authorization bottoken captchakey cookie discord discordtoken passwd password
    proxyauthorization refreshtoken secret secretkey setcookie token webhooksecret xapikey
    """.split()  # noqa: SIM905 - a table of words
)
"""Names of fields and headers whose value is a secret, in small letters, without hyphens and underscores."""

HEADERS: Final = (
    _shape(
        r"authorization",
        r"(?i)(authorization['\"]?\s*[:=,]\s*(?:b?['\"])?)(?:(?:bearer|basic|bot)\s+)?[^\s'\",]+",
        rf"\1{REDACTED}",
    ),
    _shape(r"b(?:earer|ot)\s", r"(?i)\b(bearer|bot)\s+[^\s'\",]{8,}", rf"\1 {REDACTED}"),
    _shape(
        r"cookie",
        r"(?i)(\bcookie['\"]?\s*[:=,]\s*(?:b?['\"])?)[^\s'\"\\][^\r\n'\"\\]*",
        rf"\1{REDACTED}",
    ),
    _shape(
        r"token|secret|password|key=",
        r"(?i)([?&](?:\w+_)?(?:token|secret|password|key)=)[^\s&#'\"]+",
        rf"\1{REDACTED}",
    ),
    _shape(
        r"discord|token|secret|password",
        r"(?i)(['\"](?:discord|(?:\w+[_-])?(?:token|secret|password))\\*['\"]\s*:\s*\\*['\"])[^'\"\\]+",
        rf"\1{REDACTED}",
    ),
)
"""Secrets that are known by the word before them; a person's text may contain such words."""
SHAPES: Final = (
    _shape(r"mfa\.", r"mfa\.[\w-]{20,}"),
    _shape(r"\.[\w-]{6,7}\.[\w-]{25}", r"[\w-]{18,40}\.[\w-]{6,7}\.[\w-]{25,}"),
    _shape(r"aw50zxjhy3rpb24", r"aW50ZXJhY3Rpb24[\w-]{8,}=*"),
    _shape(r"pvb_", r"pvb_[A-Za-z0-9]{16,}"),
    _shape(r"whsec_", r"whsec_[\w+/=-]+"),
    _shape(r"@", r"(://)[^/\s@'\"]+@", rf"\1{REDACTED}@"),
)


def is_secret_name(name: str) -> bool:
    """Return whether the field or header of this name contains a secret."""
    return name.lower().replace("_", "").replace("-", "") in SECRET_NAMES


def without_shapes(text: str, shapes: Sequence[Shape]) -> str:
    """Return the text without what has one of these shapes."""
    small = text.lower()
    for shape in shapes:
        if shape.sign.search(small):
            text = shape.pattern.sub(shape.replacement, text)
    return text
