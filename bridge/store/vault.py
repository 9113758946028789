"""Encryption of stored secrets: each is bound to its row, and says which key it was encrypted with.

Which key encrypts is a row of the database, so a transaction that follows a rotation uses the new key.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Final

from bridge.errors import DataError
from bridge.store.database import Tx
from bridge.store.keys import Key, fingerprint_of
from bridge.store.secret_keys import current_fingerprint, known_keys, with_wrapped

MOST_OPENED: Final = 4096
"""How many decrypted secrets are cached: the tokens of all accounts are read every few seconds."""


class Vault:
    """Encrypts and decrypts. `read` returns the keys, newest first; it is called again for an unknown key.

    `tell` is called with every secret, to keep it out of the log. Decrypted secrets are cached; `tell` is
    called each time.
    """

    def __init__(self, read: Callable[[], Sequence[Key]], tell: Callable[[str], None]) -> None:
        self._read = read
        self._tell = tell
        self._newest, *_ = keys = read()
        self._keys = {key.fingerprint: key for key in keys}
        self._decrypted = lru_cache(MOST_OPENED)(_decrypted)

    def sealed(self, tx: Tx, secret: str, place: str) -> bytes:
        """Return the secret encrypted for a place; raises `DataError` if the current key is not known."""
        self._tell(secret)
        current = current_fingerprint(tx)
        key = self._newest if current is None else self._key(tx, current)
        if key is None:
            raise DataError(f"The secret key {current} of the database is not known to this process.")
        return key.sealed(secret, place)

    def opened(self, tx: Tx, sealed: bytes, place: str) -> str:
        """Return the decrypted secret; raises `DataError` if it is another's, damaged, or its key unknown."""
        fingerprint = fingerprint_of(sealed)
        key = self._key(tx, fingerprint) if fingerprint else None
        if key is None:
            raise DataError("A secret of the database is encrypted with a key that is not known.")
        secret = self._decrypted(key, sealed, place)
        self._tell(secret)
        return secret

    def _key(self, tx: Tx, fingerprint: str) -> Key | None:
        if fingerprint not in self._keys:
            self._learn(tx)
        return self._keys.get(fingerprint)

    def _learn(self, tx: Tx) -> None:
        """Read the keys again: a rotation has written a new one to the key file, or to the database."""
        with suppress(DataError):
            self._keys |= {key.fingerprint: key for key in self._read()}
        self._keys = with_wrapped(known_keys(tx), list(self._keys.values()))


def digest(secret: str) -> str:
    """Return a hash by which a high-entropy secret can be looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _decrypted(key: Key, sealed: bytes, place: str) -> str:
    secret = key.opened(sealed, place)
    if secret is None:
        raise DataError("A secret of the database is damaged, or was moved from another row.")
    return secret
