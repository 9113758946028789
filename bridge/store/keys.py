"""Secret keys: each encrypts texts bound to their place, and names itself by a fingerprint.

An encrypted text is a version byte, the first four bytes of the key's fingerprint, a random nonce, and what
AES-256-GCM makes of the text with the place as associated data: in another place it does not decrypt.
"""

import base64
import hashlib
import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = b"\x01"
HEADER_BYTES: Final = 5
NONCE_BYTES: Final = 12
SHORTEST_KEY: Final = 16
TOO_SHORT: Final = (
    f"is too short: a secret key has at least {SHORTEST_KEY} characters, because whoever copies the database "
    "can try out short ones. Make one with: openssl rand -base64 32"
)


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key and where it was read. `unbound`: the bytes that its texts were once encrypted with."""

    text: str = field(repr=False)
    source: str
    unbound: bytes = field(default=b"", repr=False)

    @property
    def fingerprint(self) -> str:
        """A short name that does not reveal the key."""
        return self.header[1:].hex()

    @property
    def header(self) -> bytes:
        """What every text begins with that this key has encrypted."""
        return VERSION + _derived(self.text)[32:36]

    def sealed(self, text: str, place: str) -> bytes:
        """Return the text encrypted for a place."""
        nonce = os.urandom(NONCE_BYTES)
        return self.header + nonce + self._cipher.encrypt(nonce, text.encode(), place.encode())

    def opened(self, sealed: bytes, place: str) -> str | None:
        """Return the decrypted text, None if this key has not encrypted it for this place."""
        nonce, encrypted = (
            sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES],
            sealed[HEADER_BYTES + NONCE_BYTES :],
        )
        if sealed[:HEADER_BYTES] != self.header or len(nonce) < NONCE_BYTES:
            return None
        try:
            return self._cipher.decrypt(nonce, encrypted, place.encode()).decode()
        except InvalidTag:
            return None

    def opened_unbound(self, sealed: bytes) -> str | None:
        """Return a text that an earlier version has encrypted with this key, bound to no place."""
        for key in {self.unbound, self.text.encode()}:
            fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest()))
            try:
                return fernet.decrypt(sealed).decode()
            except InvalidToken:
                continue
        return None

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(_derived(self.text)[:32])


def fingerprint_of(sealed: bytes) -> str | None:
    """Return the fingerprint of the key that has encrypted a text; None: it is not bound to a place."""
    is_bound = sealed[:1] == VERSION and len(sealed) > HEADER_BYTES
    return sealed[1:HEADER_BYTES].hex() if is_bound else None


@lru_cache(64)
def _derived(text: str) -> bytes:
    """Return 32 bytes to encrypt with and 4 for the fingerprint; slow to compute, against guessing."""
    return hashlib.scrypt(text.encode(), salt=b"pixverse-bridge secret key", n=2**14, r=8, p=1, dklen=36)
