"""The text of an API token: `pvb_`, random letters and digits, and a checksum of six.

The prefix and the checksum let a secret scanner tell a token from any other text without asking anyone: the
checksum is the CRC-32 of what stands before it, in base 62, filled up with zeros on the left.
"""

import re
import secrets
import string
import zlib
from typing import Final

PREFIX: Final = "pvb_"
LETTERS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
"""The digits of base 62, in the order of their values."""
RANDOM_LENGTH: Final = 36
"""How many random characters a token has: 214 bits."""
SHORTEST_RANDOM: Final = 32
"""How many random characters a text has at least that is taken for a token."""
CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{SHORTEST_RANDOM + CHECKSUM_LENGTH},}}")


def new_token() -> str:
    """Return a token that nobody can guess."""
    text = PREFIX + "".join(secrets.choice(LETTERS) for _ in range(RANDOM_LENGTH))
    return text + checksum(text)


def checksum(text: str) -> str:
    """Return the checksum of the part of a token that stands before it."""
    left, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        left, digit = divmod(left, len(LETTERS))
        digits = LETTERS[digit] + digits
    return digits


def is_token(text: str) -> bool:
    """Return whether a text has the form of a token, and its checksum is right."""
    return bool(_FORM.fullmatch(text)) and checksum(text[:-CHECKSUM_LENGTH]) == text[-CHECKSUM_LENGTH:]
