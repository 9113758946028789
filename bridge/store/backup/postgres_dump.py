"""A consistent dump of a PostgreSQL database, made and restored by the server's own `pg_dump` and `psql`.

Both get the password by their environment: every user of the machine can read a command line.
"""

import os
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bridge.errors import DataError
from bridge.store.backup.archive import POSTGRES, Tell
from bridge.store.backup.contents import Contents, media_of
from bridge.store.postgres.address import Address, address_of
from bridge.store.postgres.connection import connected
from bridge.store.postgres.migrations import schema
from bridge.store.postgres.transaction import Connection, PostgresTx
from bridge.store.secret_keys import known_keys

SEE: Final = "docs/backup.md says what PostgreSQL needs"
END: Final = b"PostgreSQL database dump complete"
ENDING_BYTES: Final = 1_024


def dump(url: str, to: Path, tell: Tell) -> Contents:
    """Dump a database as it is at one moment, and return what is in it; raises `DataError`."""
    address = address_of(url)
    with closing(connected(address)) as connection:
        contents = _contents(connection)
    tell(POSTGRES, 0, 1)
    _run(["pg_dump", "--format=plain", "--no-owner", "--no-privileges", f"--file={to}"], address)
    tell(POSTGRES, 1, 1)
    return contents


def refuse_part(path: Path) -> None:
    """Raise `DataError` if a dump has no end."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - ENDING_BYTES))
        if END not in file.read():
            raise DataError(f"{path.name} is damaged: its end is missing.")


def load(url: str, path: Path, taken_ms: int) -> None:
    """Restore a dump into an empty database, all of it or nothing, with the mark of a restore."""
    address = address_of(url)
    with closing(connected(address)) as connection:
        _refuse_tables(connection, address)
    mark = f"INSERT INTO public.meta (key, value) VALUES ('restored_backup_ms', '{taken_ms:d}')"  # noqa: S608
    once = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    _run(["psql", *once, f"--file={path}", f"--command={mark}"], address)


def _contents(connection: Connection) -> Contents:
    tx = PostgresTx(connection)
    keys = sorted(key.fingerprint for key in known_keys(tx))
    return Contents(schema(connection).number, keys, [], media_of(tx))


def _refuse_tables(connection: Connection, address: Address) -> None:
    row = connection.execute(
        "SELECT count(*) AS count FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchone()
    if row and row["count"]:
        raise DataError(f"{address.shown} is not empty: a backup is restored into an empty database.")


def _run(command: Sequence[str], address: Address) -> None:
    """Run a tool of PostgreSQL on a database; raises `DataError` with what it said last."""
    options = conninfo_to_dict(address.text)
    password = options.pop("password", None)
    given = {"PGPASSWORD": str(password)} if password is not None else {}
    line = [*command, f"--dbname={make_conninfo('', **options)}"]
    try:
        done = subprocess.run(  # noqa: S603
            line, env={**os.environ, **given}, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise DataError(f"There is no {command[0]} on this machine; {SEE}.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = next((line for line in said if "error" in line.lower()), said[0] if said else "it failed")
        raise DataError(f"{reason.removesuffix('.')}; {SEE}.")
