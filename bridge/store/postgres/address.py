"""The URL of a PostgreSQL database: every option of libpq, and the bridge's own where none is given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bridge.errors import ConfigurationError

GIVEN: Final[Mapping[str, str]] = {
    "application_name": "pixverse-bridge",
    "client_encoding": "UTF8",
    "connect_timeout": "2",
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "5000",
    "target_session_attrs": "read-write",
}
"""What libpq is told unless the URL says otherwise: a server that is gone is noticed within seconds."""
OPTION: Final = re.compile(
    r'(?:invalid|(?P<extra>extra key/value separator "=" in)) URI query parameter: "(?P<name>[a-z_]+)"'
)
BROKEN: Final = (
    "this is no URL of PostgreSQL. Write postgresql://HOST:PORT/NAME?user=USER, with all that is not a "
    "letter or a digit in user and password as %XX, or put the password in a passfile."
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is. `text` may contain a password, `shown` never does."""

    text: str = field(repr=False)
    shown: str


def address_of(url: str) -> Address:
    """Return the address of a URL; raises `ConfigurationError`, without the URL, if libpq cannot read it."""
    try:
        options = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # What libpq says repeats parts of the URL, and a password that is not escaped may be among them.
        raise ConfigurationError(f"database: {_mistake(url, str(error))}") from _without_text(error)
    text = psycopg.conninfo.make_conninfo("", **{**GIVEN, **options})
    return Address(text, _shown(options))


def _shown(options: Mapping[str, object]) -> str:
    hosts, name = options.get("host") or "the local server", options.get("dbname") or options.get("user")
    return f"{name or 'the default database'} on {hosts}"


def _mistake(url: str, said: str) -> str:
    """Return what is wrong and what to do; an option is named unless it may be part of a password."""
    authority, _, rest = url.partition("://")[2].partition("/")
    is_password_apart = "@" in authority or "@" not in rest
    option = OPTION.fullmatch(said.strip()) if is_password_apart else None
    if option is None:
        return BROKEN
    if option["extra"]:
        return f"write = as %3D in the value of the option {option['name']} of the URL."
    return f"the URL has the option {option['name']}, which libpq does not know: correct its name."


def _without_text(error: psycopg.Error) -> Exception:
    return type(error)()
