"""`keys`: lists the secret keys, or encrypts everything with a new one, also while a bridge runs.

The result goes to stdout, for scripts; notes for the user go to stderr. No key is ever printed.
"""

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass

from bridge.app.databases import key_user, rotation_lock
from bridge.app.foundation import held, note_keys_if_alone, shared_database
from bridge.app.key_rotation import Rotation, Stored, rotate, stored_keys
from bridge.app.secret_keys import key_sources
from bridge.cli.announce import counted, show, show_table
from bridge.config.settings import Settings
from bridge.errors import DataError, DataInUse
from bridge.logs import Redactor
from bridge.store.database import Database, StoreUnavailable
from bridge.store.keys import Key
from bridge.store.rows.sealed import SealedRow


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as it is listed; `secrets`: how many secrets it has encrypted."""

    fingerprint: str
    state: str
    source: str | None
    secrets: int


async def list_keys(settings: Settings, redactor: Redactor, *, as_json: bool) -> None:
    """Print the keys that are given, and those that the database needs; raises `StartError`."""
    keys: Sequence[Key] = ()
    trouble: DataError | None = None
    try:
        keys = key_sources(settings).read()
    except DataError as error:
        trouble = error
    for key in keys:
        redactor.add(key.text)
    try:
        async with shared_database(settings) as database:
            stored = await database.read(stored_keys)
    except StoreUnavailable as error:
        raise DataError(f"The database cannot be read just now: {error}.") from error
    lines = _lines(keys, stored)
    if as_json:
        show(json.dumps([asdict(line) for line in lines], indent=2))
    else:
        rows = [
            (line.fingerprint, line.state, str(line.secrets), line.source or "not given") for line in lines
        ]
        show_table(("fingerprint", "state", "secrets", "source"), rows)
    if trouble is not None:
        raise trouble


async def rotate_keys(settings: Settings, redactor: Redactor, *, as_json: bool, is_dropping: bool) -> None:
    """Encrypt everything with a new key and print what was done; raises `StartError`."""
    try:
        async with shared_database(settings) as database, rotation_lock(settings):
            done = await rotate(
                database,
                key_sources(settings),
                redactor.add,
                path=key_user(settings),
                is_dropping=is_dropping,
            )
            await _note_if_alone(settings, database)
    except StoreUnavailable as error:
        raise DataError(
            f"The database cannot be written just now: {error}. Nothing is lost: run keys rotate again."
        ) from error
    _report(done, as_json=as_json)
    if done.unreadable and not is_dropping:
        raise DataError(_unreadable(done))


async def _note_if_alone(settings: Settings, database: Database) -> None:
    """Take the new key out of the database if no bridge runs that may need it from there."""
    with ExitStack() as stack, suppress(DataInUse):
        stack.enter_context(held(settings))
        await note_keys_if_alone(settings, database)


def _lines(keys: Sequence[Key], stored: Stored) -> Sequence[KeyLine]:
    """Return the database's keys, the current one first, then others that are given or missing."""
    sources = {key.fingerprint: key.source for key in keys}
    states = {key.fingerprint: "current" if key.is_current else "earlier" for key in stored.known}
    states = states | {name: "missing" for name in stored.counts if name not in states}
    states = states | {name: "new" for name in list(sources)[:1] if name not in states}
    states = states | {name: "unused" for name in sources if name not in states}
    return [
        KeyLine(name, state, sources.get(name), stored.counts.get(name, 0)) for name, state in states.items()
    ]


def _report(done: Rotation, *, as_json: bool) -> None:
    if as_json:
        shown = {
            "key": done.key,
            "source": done.source,
            "encrypted": done.resealed,
            "forgotten": done.forgotten,
            "kept": done.kept,
            "unreadable": [_named(row) for row in done.unreadable],
            "superfluous": done.superfluous,
            "needed_by": done.needed_by,
        }
        show(json.dumps(shown, indent=2))
        return
    verb = "is" if done.resealed == 1 else "are"
    show(f"{counted(done.resealed, 'secret')} {verb} now encrypted with the key {done.key} ({done.source}).")
    if done.superfluous:
        places = ", ".join(done.superfluous)
        sys.stderr.write(
            f"Keys that this database does not need any more are in: {places}. Keep them with your older "
            "backups, then remove them there; give the bridge the new key before you restart it.\n"
        )
    if done.needed_by:
        sys.stderr.write(
            f"Earlier keys stay in {done.source} for other databases: {', '.join(done.needed_by)}. "
            "Rotate their keys too; how to take one that is gone off the list is in docs/keys.md.\n"
        )


def _unreadable(done: Rotation) -> str:
    rows = ", ".join(_named(row) for row in done.unreadable)
    kept = f" The keys {', '.join(done.kept)} stay in use for them." if done.kept else ""
    return (
        f"No key decrypts {rows}; everything else is encrypted with the new key.{kept} POST those accounts "
        "with their tokens again, or give up what cannot be decrypted: keys rotate --drop-unreadable."
    )


def _named(row: SealedRow) -> str:
    return f"{row.table} {row.number}"
