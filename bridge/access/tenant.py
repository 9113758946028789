"""The name of a tenant."""

import re
from typing import Final

DEFAULT: Final = "default"
"""The tenant of the configuration file's accounts and of the setting `api_token`."""
NOBODY: Final = ""
"""Whose the accounts of removed tenants are; it is no name of a tenant."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a tenant."""
    return bool(_NAME.fullmatch(text))
