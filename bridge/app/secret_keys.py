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
from bridge.store.rows.sealed import SealedRow, is_anything_sealed, reseal, sealed_not_under
from bridge.store.secret_keys import KnownKey, known_keys, make_current, with_wrapped
from bridge.store.vault import Vault

log = structlog.get_logger(__name__)

ALL: Final = 1_000_000
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
    if sources.is_generated and not sources.generated.exists():
        await database.read(lambda tx: _refuse_a_lost_key(tx, sources))
        write_key_file(sources.generated, [made()])

    def read() -> Sequence[Key]:
        keys = sources.read()
        for key in keys:
            redactor.add(key.text)
        return keys

    keys = read()
    adopted = await database.write(lambda tx: _adopted(tx, keys))
    _log_adopted(adopted)
    return Vault(read, redactor.add_stored)


def wrong_key(current: KnownKey, keys: Sequence[Key]) -> DataError:
    """Return the error for keys among which the database's is missing, with how to go on."""
    given = ", ".join(f"{key.fingerprint} ({key.source})" for key in keys)
    return DataError(
        f"Wrong secret key: the database is encrypted with the key {current.fingerprint} (last read from "
        f"{current.source}), and the bridge was given {given}. Give it that key again; how to "
        "change keys, and what to do if one is lost, is in docs/keys.md."
    )


def _refuse_a_lost_key(tx: Tx, sources: KeySources) -> None:
    """Raise `DataError` if the database has secrets: a new key would not open them."""
    known = known_keys(tx)
    if known or is_anything_sealed(tx):
        name = f" {known[0].fingerprint} (last read from {known[0].source})" if known else ""
        raise DataError(
            f"The secret key{name} of the database is missing: restore {sources.generated} from a backup, "
            "or set BRIDGE_SECRET_KEY or BRIDGE_SECRET_KEY_FILE; if it is lost, see docs/keys.md."
        )


def _adopted(tx: Tx, keys: Sequence[Key]) -> Adopted:
    """Check that the database's key is known; at the first start, encrypt everything with the newest key."""
    known = known_keys(tx)
    if known:
        current = with_wrapped(known, keys).get(known[0].fingerprint)
        if current is None or not known[0].is_key(current):
            raise wrong_key(known[0], keys)
        return Adopted()
    found = [(row, _opened_unbound(row, keys)) for row in sealed_not_under(tx, keys[0].header, ALL)]
    if found and not any(text for _, text in found):
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
