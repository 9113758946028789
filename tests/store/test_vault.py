"""Secrets at rest are decrypted once, and told to the log's redaction for as long as they are read."""

import pytest

from bridge.errors import DataError
from bridge.store.database import Database
from bridge.store.keys import Key
from bridge.store.secret_keys import make_current
from bridge.store.vault import Vault
from tests.tools.vaults import a_vault

OLD, NEW = Key("the old key", "a test"), Key("the new key", "a test")


async def test_a_secret_that_is_read_again_is_told_again_and_not_decrypted_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    decrypted: list[bytes] = []
    real = Key.opened

    def opened(key: Key, sealed: bytes, place: str) -> str | None:
        decrypted.append(sealed)
        return real(key, sealed, place)

    monkeypatch.setattr(Key, "opened", opened)
    told: list[str] = []
    vault = a_vault(tell=told.append)
    secrets = ["first secret", "second secret"]
    sealed = await database.write(lambda tx: [vault.sealed(tx, secret, "here") for secret in secrets])
    told.clear()

    read = await database.read(lambda tx: [vault.opened(tx, one, "here") for one in sealed * 3])

    assert read == told == secrets * 3
    assert decrypted == sealed


async def test_a_key_that_appears_while_the_bridge_runs_is_used_by_the_next_transaction(
    database: Database,
) -> None:
    given = [OLD]
    vault = Vault(lambda: list(given), lambda _: None)
    await database.write(lambda tx: make_current(tx, OLD))
    before = await database.write(lambda tx: vault.sealed(tx, "secret", "here"))

    given.insert(0, NEW)
    await database.write(lambda tx: make_current(tx, NEW))
    after = await database.write(lambda tx: vault.sealed(tx, "secret", "here"))

    assert (OLD.opened(before, "here"), NEW.opened(after, "here")) == ("secret", "secret")
    read = await database.read(lambda tx: [vault.opened(tx, one, "here") for one in (before, after)])
    assert read == ["secret", "secret"]


async def test_a_key_that_no_source_of_the_bridge_has_is_read_from_the_database_with_the_earlier_one(
    database: Database,
) -> None:
    vault = Vault(lambda: [OLD], lambda _: None)
    last = Key("the last key", "a test")
    await database.write(lambda tx: make_current(tx, NEW, wrapped_with=OLD))
    await database.write(lambda tx: make_current(tx, last, wrapped_with=NEW))

    sealed = await database.write(lambda tx: vault.sealed(tx, "secret", "here"))

    assert last.opened(sealed, "here") == "secret"
    assert await database.read(lambda tx: vault.opened(tx, sealed, "here")) == "secret"


async def test_nothing_is_encrypted_while_the_current_key_is_not_known(database: Database) -> None:
    vault = Vault(lambda: [OLD], lambda _: None)
    await database.write(lambda tx: make_current(tx, NEW))

    with pytest.raises(DataError, match=f"key {NEW.fingerprint} of the database is not known"):
        await database.write(lambda tx: vault.sealed(tx, "secret", "here"))


@pytest.mark.parametrize("changed", [-1, 3, 8, 20], ids=["text", "key", "nonce", "tag"])
async def test_a_changed_byte_is_noticed(database: Database, changed: int) -> None:
    vault = a_vault()
    sealed = bytearray(await database.write(lambda tx: vault.sealed(tx, "secret", "here")))
    sealed[changed] ^= 1

    with pytest.raises(DataError):
        await database.read(lambda tx: vault.opened(tx, bytes(sealed), "here"))


@pytest.mark.parametrize("sealed", [b"", b"\x00", b"\x01", b"\x01abcd", b"\x01abcdef", b"gAAAAAB"])
async def test_what_is_no_encrypted_text_is_an_error_and_no_crash(database: Database, sealed: bytes) -> None:
    vault = a_vault()

    with pytest.raises(DataError):
        await database.read(lambda tx: vault.opened(tx, sealed, "here"))


def test_equal_texts_do_not_look_equal_when_encrypted() -> None:
    assert OLD.sealed("secret", "here") != OLD.sealed("secret", "here")


def test_a_key_does_not_show(caplog: pytest.LogCaptureFixture) -> None:
    assert OLD.text not in repr(OLD)
    assert OLD.fingerprint in OLD.header.hex()
    assert len(OLD.fingerprint) == 8
