"""Encrypts all secrets with a new key, while the bridge runs or not; can be killed anywhere and run again.

First the key file has both keys, then the database names the new one as current, then rows are encrypted anew
a few at a time, and only when no row needs the old key is it taken out of the database, and when no other
database needs it, of the file. All the while the file is locked: another database may be given a new key too.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.app.secret_keys import adopt, make_missing_key, wrong_key
from bridge.errors import ConfigurationError, DataError
from bridge.store.database import Database, Tx
from bridge.store.key_files import GIVEN, KeySources, made, read_key_file, write_key_file
from bridge.store.keys import Key
from bridge.store.rows.sealed import SealedRow, count_by_key, discard, reseal, sealed_not_under
from bridge.store.secret_keys import IN_DATABASE, KnownKey, forget_key, known_keys, make_current, with_wrapped
from bridge.store.sqlite.key_users import note_database, others_than
from bridge.store.sqlite.lock import key_file

AT_ONCE: Final = 100
"""How many rows one transaction encrypts anew: a running bridge waits no longer than for that."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did. `unreadable`: rows that no known key decrypts; they keep `kept` keys in use.

    `superfluous`: whether keys that nothing needs any more are given in a setting or a file of the operator.
    `needed_by`: other databases that need, or may need, earlier keys of the bridge's own file.
    """

    key: str
    source: str
    resealed: int
    forgotten: Sequence[str]
    kept: Sequence[str]
    unreadable: Sequence[SealedRow]
    superfluous: Sequence[str]
    needed_by: Sequence[str]


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
    path: Path,
    is_dropping: bool = False,
) -> Rotation:
    """Encrypt everything with the newest key, one that is made now if none is waiting; raises `StartError`.

    `path` is the database's. `is_dropping`: go on without the secrets that no known key decrypts.
    """
    if sources.given:
        return await _rotated(database, sources, tell, path, is_dropping=is_dropping)
    with key_file(sources.written):
        if sources.is_generated:
            note_database(sources.generated, path)
        return await _rotated(database, sources, tell, path, is_dropping=is_dropping)


async def _rotated(
    database: Database,
    sources: KeySources,
    tell: Callable[[str], None],
    path: Path,
    *,
    is_dropping: bool,
) -> Rotation:
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
    await database.write(lambda tx: _make_newest_current(tx, newest, keys, sources))
    resealed, unreadable = await _reseal(database, newest, keys)
    if is_dropping:
        await database.write(lambda tx: discard(tx, unreadable))
    forgotten, kept = await database.write(lambda tx: _forget_unused(tx))
    needed = {newest.fingerprint, *kept}
    return Rotation(
        key=newest.fingerprint,
        source=newest.source,
        resealed=resealed + adopted.bound,
        forgotten=forgotten,
        kept=kept,
        unreadable=unreadable,
        superfluous=_superfluous(sources, needed),
        needed_by=_tidied(sources.generated, needed, path) if sources.is_generated else [],
    )


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


def _make_newest_current(tx: Tx, newest: Key, keys: Mapping[str, Key], sources: KeySources) -> None:
    """Use the newest key from this transaction on; raises `DataError` if its file does not have it any more.

    A running bridge finds it in the file that it reads, or here, encrypted with the key that it has.
    """
    current = known_keys(tx)[0]
    if current.fingerprint == newest.fingerprint:
        return
    if not sources.given and newest.fingerprint not in {key.fingerprint for key in sources.read()}:
        raise DataError(f"The key file {sources.written} was changed meanwhile: run keys rotate again.")
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


def _superfluous(sources: KeySources, needed: Set[str]) -> Sequence[str]:
    """Return where the operator may remove keys that are not needed.

    A file of the operator may belong to several bridges: nothing is taken out of it.
    """
    if sources.is_generated:
        return []
    setting = [GIVEN] if len(sources.given) > 1 else []
    files = [path for path in (sources.file, sources.generated) if path and path.exists()]
    return [*setting, *(str(path) for path in files if _has_others(path, needed))]


def _tidied(path: Path, needed: Set[str], database: Path) -> Sequence[str]:
    """Take the keys that no database needs out of the bridge's own file; return which others need some.

    If the keys of one cannot be known, it may need all of them.
    """
    keys = read_key_file(path)
    earlier = {key.fingerprint for key in keys} - needed
    others = [each for each in others_than(database, path) if each.keys is None or each.keys & earlier]
    if all(each.keys is not None for each in others):
        needed = set(needed).union(*(each.keys or () for each in others))
        left = [key.text for key in keys if key.fingerprint in needed]
        if len(left) < len(keys):
            write_key_file(path, left)
    return [each.path for each in others] if earlier else []


def _has_others(path: Path, needed: Set[str]) -> bool:
    return any(key.fingerprint not in needed for key in read_key_file(path))
