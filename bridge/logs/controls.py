"""Characters that would act on a terminal: end a line, move the cursor, set colours, turn text around."""

import re
from typing import Final

_ACTING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_PICTURES: Final = 0x2400
"""Where Unicode has the pictures of the control characters of ASCII, in their order."""
_OF_DELETE: Final = "\u2421"
_OF_OTHERS: Final = "\ufffd"


def with_pictures(text: str, kept: str = "") -> str:
    """Return a text with pictures of the characters that would act on a terminal, but for those in `kept`."""
    return _ACTING.sub(lambda found: found[0] if found[0] in kept else _picture(found[0]), text)


def _picture(character: str) -> str:
    if character < " ":
        return chr(_PICTURES + ord(character))
    return _OF_DELETE if character == "\x7f" else _OF_OTHERS
