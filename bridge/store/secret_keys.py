"""The table of the secret keys: their fingerprints, and a known text by which a wrong key is noticed.

The keys themselves are elsewhere. Only while a running bridge has yet to learn a new one, that is here too,
encrypted with the key before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.store.database import Tx
from bridge.store.keys import Key

CANARY: Final = "pixverse-bridge"
IN_DATABASE: Final = "the database, encrypted with an earlier key"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of the database; new rows are encrypted with the current one. `source`: where it was read."""

    fingerprint: str
    source: str
    canary: bytes = field(repr=False)
    wrapped: bytes | None = field(repr=False)
    is_current: bool

    def is_key(self, key: Key) -> bool:
        """Return whether this is the key, and not another one with its fingerprint."""
        return key.opened(self.canary, _canary_place(self.fingerprint)) == CANARY

    def unwrapped_by(self, key: Key) -> Key | None:
        """Return the key, if it is here and encrypted with this other one."""
        text = key.opened(self.wrapped, _wrapped_place(self.fingerprint)) if self.wrapped else None
        return None if text is None else Key(text, IN_DATABASE)


def known_keys(tx: Tx) -> Sequence[KnownKey]:
    """Return the keys of the database, the current one first; none before the first start."""
    rows = tx.all(
        """
        SELECT fingerprint, source, canary, wrapped, is_current FROM secret_keys
         ORDER BY is_current DESC, fingerprint
        """
    )
    return [
        KnownKey(row["fingerprint"], row["source"], row["canary"], row["wrapped"], bool(row["is_current"]))
        for row in rows
    ]


def with_wrapped(known: Sequence[KnownKey], keys: Sequence[Key]) -> dict[str, Key]:
    """Return keys by fingerprint, with those of the database that they decrypt."""
    found = {key.fingerprint: key for key in keys}
    for _ in known:
        more = [key for each in known for own in found.values() if (key := each.unwrapped_by(own))]
        found |= {key.fingerprint: key for key in more if key.fingerprint not in found}
    return found


def current_fingerprint(tx: Tx) -> str | None:
    """Return the fingerprint of the key that new rows are encrypted with; None before the first start."""
    row = tx.one("SELECT fingerprint FROM secret_keys WHERE is_current = 1")
    return row["fingerprint"] if row else None


def make_current(tx: Tx, key: Key, wrapped_with: Key | None = None) -> None:
    """Encrypt new rows with this key from now on; `wrapped_with`: the key that a running bridge knows."""
    tx.run("UPDATE secret_keys SET is_current = 0")
    tx.run(
        """
        INSERT INTO secret_keys (fingerprint, source, canary, wrapped, is_current)
        VALUES (:fingerprint, :source, :canary, :wrapped, 1)
        ON CONFLICT (fingerprint) DO UPDATE SET is_current = 1, wrapped = excluded.wrapped
        """,
        fingerprint=key.fingerprint,
        source=key.source,
        canary=key.sealed(CANARY, _canary_place(key.fingerprint)),
        wrapped=wrapped_with.sealed(key.text, _wrapped_place(key.fingerprint)) if wrapped_with else None,
    )


def note_source(tx: Tx, key: Key) -> None:
    """Store where the current key was read; nobody needs it from here any more."""
    tx.run(
        "UPDATE secret_keys SET source = :source, wrapped = NULL WHERE fingerprint = :fingerprint",
        fingerprint=key.fingerprint,
        source=key.source,
    )


def forget_key(tx: Tx, fingerprint: str) -> None:
    """Delete a key that no row is encrypted with."""
    tx.run(
        "DELETE FROM secret_keys WHERE fingerprint = :fingerprint AND is_current = 0", fingerprint=fingerprint
    )


def _canary_place(fingerprint: str) -> str:
    return f"secret_keys.canary {fingerprint}"


def _wrapped_place(fingerprint: str) -> str:
    return f"secret_keys.wrapped {fingerprint}"
