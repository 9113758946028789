"""Why a database cannot be used, and what to do about it: what the server says names only the first."""

import re
from collections.abc import Sequence
from typing import Final

import psycopg

from bridge.errors import DataError
from bridge.store.postgres.address import Address
from bridge.store.postgres.transaction import first_line

REMEDIES: Final[Sequence[tuple[re.Pattern[str], str]]] = [
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        (r"no password supplied", "Put the password in a passfile, or in the variable BRIDGE_DATABASE"),
        (r"password authentication failed|role .* does not exist", "Check the user and the password"),
        (r"database .* does not exist", "Correct the name, or create it: createdb --encoding UTF8 NAME"),
        (
            r"too many (?:connections|clients)|connection slots",
            "Each bridge needs eleven connections: raise max_connections, or the limit of the role",
        ),
        (
            r"read-only",
            "Name the primary, or all hosts: a standby and a read-only database take no writes",
        ),
        (r"pg_hba\.conf", "Let this user and host in by pg_hba.conf of the server"),
        (r"SSL|certificate", "Check sslmode and sslrootcert in the URL, and the certificate of the server"),
        (
            r"resolve host|Connection refused|timeout|unreachable",
            "Check host and port, and that the server runs",
        ),
        (r"permission denied", "Grant the role its rights, as docs/postgresql.md shows"),
    )
]
"""What to do about what libpq or a server that speaks English says; of a connection, it gives no code."""
OTHERWISE: Final = "Check host, port, user, password and name of the database, and that the server runs"


def unusable(address: Address, error: psycopg.Error) -> DataError:
    """Return the refusal of a database: why, and what to do."""
    reason = first_line(error)
    found = (remedy for pattern, remedy in REMEDIES if pattern.search(reason))
    return DataError(f"The database {address.shown} cannot be used: {reason}. {next(found, OTHERWISE)}.")
