"""The secret keys at a start: read, made if there is none yet, and compared with those of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.config.settings import Settings
from bridge.errors import DataError
from bridge.logs import Redactor
from bridge.store.database import Database, Tx
from bridge.store.key_files import KeySources, made, write_key_file
from bridge.store.keys import Key
from bridge.store.rows.sealed import SealedRow, count_by_key, is_anything_sealed, reseal, sealed_not_under
from bridge.store.secret_keys import KnownKey, forget_key, known_keys, make_current, note_source, with_wrapped
from bridge.store.sqlite.lock import key_file
from bridge.store.vault import Vault

log = structlog.get_logger(__name__)

ROTATE: Final = "run pixverse-bridge keys rotate"
GIVE_NEW_KEY: Final = "start the bridge with the current key: the one given is from before a rotation"
EVERY_ROW: Final = 1_000_000
"""More rows than the tables of secrets can have."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What the first start with a database did: how many rows it has bound, and rows that it could not."""

    bound: int = 0
    unreadable: Sequence[SealedRow] = ()


def key_sources(settings: Settings) -> KeySources:
    """Return where the secret keys are read."""
    given = [key.get_secret_value() for key in settings.secret_key]
    return KeySources(given, settings.secret_key_file, settings.data_dir / "secret.key")


async def opened_vault(database: Database, sources: KeySources, redactor: Redactor) -> Vault:
    """Return the vault of a database; raises `DataError` for a wrong key. The first start makes a key.

    Secrets that an earlier version has encrypted are bound to their rows, all in one transaction.
    """
    if sources.is_missing:
        with key_file(sources.generated):
            await make_missing_key(database, sources)

    def read() -> Sequence[Key]:
        keys = sources.read()
        for key in keys:
            redactor.add(key.text)
        return keys

    keys = read()
    _log_adopted(await database.write(lambda tx: check_keys(tx, keys)))
    return Vault(read, redactor.add_stored)


async def make_missing_key(database: Database, sources: KeySources, *, is_lost: bool = False) -> None:
    """Make the key file if there is none; raises `DataError` if secrets need one, unless that `is_lost`.

    The caller has locked it: of two that make one, the later would replace the earlier's.
    """
    if sources.is_missing:
        if not is_lost:
            await database.read(lambda tx: _refuse_a_lost_key(tx, sources))
        write_key_file(sources.generated, [made()])


async def note_keys(database: Database, sources: KeySources) -> None:
    """Store where the current key was read, and warn if it is not the newest one that was given.

    Only while no other process uses the database: an earlier one may need the keys that are in it.
    """
    keys = sources.read()
    current = await database.write(lambda tx: _noted(tx, keys))
    if current != keys[0].fingerprint:
        is_given = current in {key.fingerprint for key in keys}
        remedy = ROTATE if is_given else GIVE_NEW_KEY
        log.warning("secret_key_outdated", current=current, given=keys[0].fingerprint, remedy=remedy)


def wrong_key(current: KnownKey, keys: Sequence[Key]) -> DataError:
    """Return the error for keys among which the database's is missing, with how to go on."""
    given = ", ".join(f"{key.fingerprint} ({key.source})" for key in keys)
    return DataError(
        f"Wrong secret key: the database is encrypted with the key {current.fingerprint} (last read from "
        f"{current.source}), and the bridge was given {given}. Give it that key again; how to "
        "change keys, and what to do if one is lost, is in docs/keys.md."
    )


def _noted(tx: Tx, keys: Sequence[Key]) -> str:
    """Return the current key; if it was given, nobody needs it from the database."""
    current, *earlier = known_keys(tx)
    given = next((key for key in keys if key.fingerprint == current.fingerprint), None)
    if given is not None:
        note_source(tx, given)
        needed = count_by_key(tx)
        for key in earlier:
            if key.fingerprint not in needed:
                forget_key(tx, key.fingerprint)
    return current.fingerprint


def _refuse_a_lost_key(tx: Tx, sources: KeySources) -> None:
    """Raise `DataError` if the database has secrets: a new key would not open them."""
    known = known_keys(tx)
    if known or is_anything_sealed(tx):
        name = f" {known[0].fingerprint} (last read from {known[0].source})" if known else ""
        raise DataError(
            f"The secret key{name} of the database is missing: restore {sources.generated} from a backup, "
            "or set BRIDGE_SECRET_KEY or BRIDGE_SECRET_KEY_FILE; if it is lost, see docs/keys.md."
        )


def check_keys(tx: Tx, keys: Sequence[Key]) -> Adopted:
    """Check that the current key is among these; raises `DataError`. The first start adopts the database."""
    known = known_keys(tx)
    if not known:
        return adopt(tx, keys)
    current = with_wrapped(known, keys).get(known[0].fingerprint)
    if current is None or not known[0].is_key(current):
        raise wrong_key(known[0], keys)
    return Adopted()


def adopt(tx: Tx, keys: Sequence[Key], *, is_lost: bool = False) -> Adopted:
    """Encrypt everything in a database that has no key yet with the newest key, bound to its rows.

    Raises `DataError` if nothing can be decrypted, unless the key `is_lost`.
    """
    if known_keys(tx):
        return Adopted()
    found = [(row, _opened_unbound(row, keys)) for row in sealed_not_under(tx, keys[0].header, EVERY_ROW)]
    if found and not is_lost and not any(text for _, text in found):
        given = ", ".join(f"{key.fingerprint} ({key.source})" for key in keys)
        raise DataError(
            f"Wrong secret key: no secret of the database can be decrypted with {given}. Restore secret.key "
            "from a backup, or set BRIDGE_SECRET_KEY to the earlier key; if it is lost, see docs/keys.md."
        )
    make_current(tx, keys[0])
    for row, text in found:
        if text is not None:
            reseal(tx, row, keys[0].sealed(text, row.place))
    return Adopted(sum(text is not None for _, text in found), [row for row, text in found if text is None])


def _opened_unbound(row: SealedRow, keys: Sequence[Key]) -> str | None:
    texts = (key.opened_unbound(row.sealed) for key in keys)
    return next((text for text in texts if text is not None), None)


def _log_adopted(adopted: Adopted) -> None:
    if adopted.bound:
        log.info("secrets_were_bound_to_their_rows", count=adopted.bound)
    for row in adopted.unreadable:
        log.error("secret_cannot_be_decrypted", table=row.table, row=row.number)
