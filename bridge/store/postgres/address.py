"""The URL of a PostgreSQL database: every option of libpq, and the bridge's own where none is given."""

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
        raise ConfigurationError(
            "database: this is no URL of PostgreSQL. Write postgresql://USER@HOST:PORT/NAME, with all "
            "that is not a letter or a digit in user and password as %XX, or put the password in a passfile."
        ) from _without_text(error)
    text = psycopg.conninfo.make_conninfo("", **{**GIVEN, **options})
    return Address(text, _shown(options))


def _shown(options: Mapping[str, object]) -> str:
    hosts, name = options.get("host") or "the local server", options.get("dbname") or options.get("user")
    return f"{name or 'the default database'} on {hosts}"


def _without_text(error: psycopg.Error) -> Exception:
    return type(error)()
