"""Passwords in URLs: found to be kept out of the log, and hidden where a URL is shown."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

IN_QUERY: Final = ("password", "sslpassword")
USER: Final = re.compile(r"://[^/\s@]+@")
QUERY: Final = re.compile(r"((?:ssl)?password=)[^&\s]+")


def passwords_in(url: str) -> Sequence[str]:
    """Return the passwords of a URL, as they stand in it and as they are meant."""
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
    except ValueError:
        return []
    user = parts.netloc.rpartition("@")[0]
    given = [user.partition(":")[2], *(each for name in IN_QUERY for each in query.get(name, []))]
    return [text for password in given if password for text in {password, unquote(password)}]


def without_password(address: str) -> str:
    """Return the address with the user and every password in it hidden."""
    return QUERY.sub(r"\1…secured…", USER.sub("://…secured…@", address))
