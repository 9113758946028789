"""Encryption of stored secrets, with a key from the data directory or the environment."""

import base64
import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from bridge.errors import DataError

MOST_OPENED: Final = 4096
"""How many decrypted secrets are cached: the tokens of all accounts are read every few seconds."""


class Vault:
    """Encrypts and decrypts with one key. `tell` is called with every secret, to keep it out of the log.

    Decrypted secrets are cached; `tell` is called each time.
    """

    def __init__(self, key: bytes, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest()))
        self._decrypted = lru_cache(MOST_OPENED)(self._fernet.decrypt)

    def sealed(self, secret: str) -> bytes:
        """Return the secret encrypted."""
        self._tell(secret)
        return self._fernet.encrypt(secret.encode())

    def opened(self, sealed: bytes) -> str:
        """Return the decrypted secret; raises `DataError` if it was encrypted with another key."""
        try:
            secret = self._decrypted(sealed).decode()
        except InvalidToken as error:
            raise DataError("Wrong secret key: restore secret.key or set BRIDGE_SECRET_KEY.") from error
        self._tell(secret)
        return secret


def digest(secret: str) -> str:
    """Return a hash by which a high-entropy secret can be looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_of(data_dir: Path) -> bytes:
    """Return the key of a data directory, created at first use with mode 0600; raises `DataError`."""
    path = data_dir / "secret.key"
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise DataError(f"The secret key {path} cannot be read or made: {error.strerror}.") from error
    if not key.strip():
        raise DataError(
            f"The secret key {path} is empty: put the key back, or delete the file for a new one."
        )
    return key


def _make_key(path: Path) -> None:
    """Write a key atomically, so that a crash cannot leave half a key."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key())
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
