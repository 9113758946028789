"""Secrets at rest are decrypted once, and told to the log's redaction for as long as they are read."""

import pytest
from cryptography.fernet import Fernet

from bridge.store.vault import Vault


def test_a_secret_that_is_read_again_is_told_again_and_not_decrypted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decrypted: list[bytes | str] = []
    real = Fernet.decrypt

    def decrypt(fernet: Fernet, token: bytes | str) -> bytes:
        decrypted.append(token)
        return real(fernet, token)

    monkeypatch.setattr(Fernet, "decrypt", decrypt)
    told: list[str] = []
    vault = Vault(b"key", told.append)
    sealed = [vault.sealed("first secret"), vault.sealed("second secret")]
    told.clear()

    read = [vault.opened(each) for each in sealed * 3]

    assert read == told == ["first secret", "second secret"] * 3
    assert decrypted == sealed
