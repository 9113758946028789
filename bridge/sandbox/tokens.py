"""Tokens of users and bots in Discord's form (Discord's docs, "Reference", section "Authentication")."""

import base64
import string
from random import Random

__all__ = ["new_token"]

TOKEN_LETTERS = string.ascii_letters + string.digits + "-_"


def new_token(user_id: int, rng: Random) -> str:
    """Make a token in Discord's form: the id in base64, then two parts that nobody can guess."""
    first = base64.urlsafe_b64encode(str(user_id).encode()).decode().rstrip("=")
    return ".".join([first, *("".join(rng.choices(TOKEN_LETTERS, k=length)) for length in (6, 38))])
