"""Encrypts all secrets with a new key, while the bridge runs or not; can be killed anywhere and run again.

First the key file has both keys, then the database names the new one as current, then rows are encrypted anew
a few at a time, and only when no row needs the old key is it taken out of the database and of the file.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.app.secret_keys import adopt, make_missing_key, wrong_key
from bridge.errors import ConfigurationError
from bridge.store.database import Database, Tx
from bridge.store.key_files import GIVEN, KeySources, made, read_key_file, write_key_file
from bridge.store.keys import Key
from bridge.store.rows.sealed import SealedRow, count_by_key, discard, reseal, sealed_not_under
from bridge.store.secret_keys import IN_DATABASE, KnownKey, forget_key, known_keys, make_current, with_wrapped
from bridge.store.sqlite.migrations import secret_keys_of

AT_ONCE: Final = 100
"""How many rows one transaction encrypts anew: a running bridge waits no longer than for that."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did. `unreadable`: rows that no known key decrypts; they keep `kept` keys in use.

    `superfluous`: whether keys that nothing needs any more are given in a setting or a file of the operator.
    """

    key: str
    source: str
    resealed: int
    forgotten: Sequence[str]
    kept: Sequence[str]
    unreadable: Sequence[SealedRow]
    superfluous: Sequence[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """The keys of the database, and how many rows each has encrypted."""

    known: Sequence[KnownKey]
    counts: Mapping[str, int]

    @property
    def earlier(self) -> Sequence[str]:
        """The keys before the current one that rows are still encrypted with."""
        return [key.fingerprint for key in self.known[1:] if self.counts.get(key.fingerprint)]


async def rotate(
    database: Database,
    sources: KeySources,
    tell: Callable[[str], None],
    *,
    is_dropping: bool = False,
    others: Sequence[Path] = (),
) -> Rotation:
    """Encrypt everything with the newest key, one that is made now if none is waiting; raises `StartError`.

    `is_dropping`: go on without the secrets that no known key decrypts. `others`: databases that may use the
    same key file.
    """
    await make_missing_key(database, sources, is_lost=is_dropping)
    keys = _all_keys(sources, await database.read(stored_keys), tell)
    adopted = await database.write(lambda tx: adopt(tx, list(keys.values()), is_lost=is_dropping))
    stored = await database.read(stored_keys)
    given = [key for key in keys.values() if key.source != IN_DATABASE]
    if not is_dropping and stored.known[0].fingerprint not in {key.fingerprint for key in given}:
        raise wrong_key(stored.known[0], given)
    newest = next(iter(keys.values()))
    is_in_use = newest.fingerprint == stored.known[0].fingerprint
    is_finished = is_in_use and not (adopted.bound or len(stored.known) > 1)
    if is_finished and not (sources.given and len(keys) > 1):
        newest = _made_key(sources, tell)
        keys = {newest.fingerprint: newest} | keys
    await database.write(lambda tx: _make_newest_current(tx, newest, keys))
    resealed, unreadable = await _reseal(database, newest, keys)
    if is_dropping:
        await database.write(lambda tx: discard(tx, unreadable))
    forgotten, kept = await database.write(lambda tx: _forget_unused(tx))
    superfluous = _tidied(sources, {newest.fingerprint, *kept}, others)
    resealed += adopted.bound
    return Rotation(newest.fingerprint, newest.source, resealed, forgotten, kept, unreadable, superfluous)


def stored_keys(tx: Tx) -> Stored:
    """Return the keys of the database."""
    return Stored(known_keys(tx), count_by_key(tx))


def _all_keys(sources: KeySources, stored: Stored, tell: Callable[[str], None]) -> dict[str, Key]:
    """Return all keys by fingerprint, newest first: those given, generated earlier, and in the database."""
    keys = list(sources.read())
    if not sources.is_generated and sources.generated.exists():
        keys += read_key_file(sources.generated)
    for key in keys:
        tell(key.text)
    return with_wrapped(stored.known, keys)


def _made_key(sources: KeySources, tell: Callable[[str], None]) -> Key:
    """Return a new key, now the first of the key file; raises `ConfigurationError` if keys are given."""
    if sources.given:
        raise ConfigurationError(
            "secret_key (BRIDGE_SECRET_KEY) is the key that is in use: write a new one before it, "
            "as in BRIDGE_SECRET_KEY=NEW,OLD, and run keys rotate again; openssl rand -base64 32 makes one"
        )
    text = made()
    tell(text)
    write_key_file(sources.written, [text, *(key.text for key in read_key_file(sources.written))])
    return read_key_file(sources.written)[0]


def _make_newest_current(tx: Tx, newest: Key, keys: Mapping[str, Key]) -> None:
    """Use the newest key from this transaction on.

    A running bridge finds it in the file that it reads, or here, encrypted with the key that it has.
    """
    current = known_keys(tx)[0]
    if current.fingerprint == newest.fingerprint:
        return
    is_in_its_file = newest.source == current.source != GIVEN
    make_current(tx, newest, None if is_in_its_file else keys.get(current.fingerprint))


async def _reseal(
    database: Database, newest: Key, keys: Mapping[str, Key]
) -> tuple[int, Sequence[SealedRow]]:
    """Encrypt all rows with the newest key; return how many, and the rows that no key decrypts."""
    resealed, unreadable = 0, list[SealedRow]()
    while True:
        skip = len(unreadable)
        done, failed = await database.write(lambda tx, skip=skip: _resealed(tx, newest, keys, skip))  # type: ignore[misc]
        resealed += done
        unreadable += failed
        if not done and not failed:
            return resealed, unreadable


def _resealed(tx: Tx, newest: Key, keys: Mapping[str, Key], skip: int) -> tuple[int, Sequence[SealedRow]]:
    """Encrypt a few rows with the newest key, after `skip` rows that no key decrypts."""
    unreadable = []
    rows = sealed_not_under(tx, newest.header, AT_ONCE, skip)
    for row in rows:
        key = keys.get(row.key or "")
        text = key.opened(row.sealed, row.place) if key else None
        if text is None:
            unreadable.append(row)
        else:
            reseal(tx, row, newest.sealed(text, row.place))
    return len(rows) - len(unreadable), unreadable


def _forget_unused(tx: Tx) -> tuple[Sequence[str], Sequence[str]]:
    """Delete the keys before the current one that no row needs; return those, and those that are needed.

    One that is in the database stays: a running bridge may have to decrypt the current one with it.
    """
    stored = stored_keys(tx)
    unused = [key.fingerprint for key in stored.known[1:] if key.fingerprint not in stored.earlier]
    for key in stored.known[1:]:
        if key.fingerprint in unused and key.wrapped is None:
            forget_key(tx, key.fingerprint)
    return unused, stored.earlier


def _tidied(sources: KeySources, needed: Set[str], others: Sequence[Path]) -> Sequence[str]:
    """Take the keys that are not needed out of the bridge's own file; return where the operator may do it.

    A database beside this one may use the same file; of one that cannot be read, all keys may be needed.
    A file of the operator may belong to several bridges: nothing is taken out of it.
    """
    if not sources.is_generated:
        setting = [GIVEN] if len(sources.given) > 1 else []
        files = [path for path in (sources.file, sources.generated) if path and path.exists()]
        return [*setting, *(str(path) for path in files if _has_others(path, needed))]
    elsewhere = [secret_keys_of(path) for path in others]
    if None not in elsewhere:
        needed = set(needed).union(*(found for found in elsewhere if found))
        keys = read_key_file(sources.generated)
        left = [key.text for key in keys if key.fingerprint in needed]
        if len(left) < len(keys):
            write_key_file(sources.generated, left)
    return []


def _has_others(path: Path, needed: Set[str]) -> bool:
    return any(key.fingerprint not in needed for key in read_key_file(path))
