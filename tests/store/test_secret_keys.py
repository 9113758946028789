"""The first start makes a key and binds what earlier versions encrypted; later ones notice a wrong key."""

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bridge.app.secret_keys import opened_vault
from bridge.clock import SystemClock
from bridge.errors import DataError
from bridge.logs import Redactor
from bridge.store.database import Database, Tx
from bridge.store.key_files import KeySources, read_key_file, write_key_file
from bridge.store.keys import Key
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.webhook_secrets import WebhookSecrets
from tests.tools.jobs import NOW_MS
from tests.tools.rows import TENANT, TOKEN, an_account, needed

KEY, OTHER = "a key of sixteen or more", "another key of sixteen"
REDACTOR = Redactor(SystemClock())


def given(tmp_path: Path, *keys: str) -> KeySources:
    return KeySources(keys, None, tmp_path / "secret.key")


def unbound(key: bytes, text: str) -> bytes:
    """Return a text as earlier versions have encrypted it."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest())).encrypt(text.encode())


async def as_an_earlier_version_left_it(database: Database, key: bytes) -> None:
    def fill(tx: Tx) -> None:
        for account, token in ((1, TOKEN), (2, "another token")):
            tx.run(
                """
                INSERT INTO accounts (id, tenant, kind, channel, server, max_jobs, token, token_hash,
                                      person_hash, mask, updated_ms)
                VALUES (:id, 'default', 'configured', :id, '2', 10, :token, :id, 'b', 'c', 0)
                """,
                id=account,
                token=unbound(key, token),
            )
        tx.run(
            "INSERT INTO webhook_secrets (tenant, secret) VALUES ('default', :sealed)",
            sealed=unbound(key, "whsec_of_before"),
        )

    await database.write(fill)


async def sealed(database: Database) -> list[bytes]:
    rows = await database.read(
        lambda tx: tx.all("SELECT token AS sealed FROM accounts UNION ALL SELECT secret FROM webhook_secrets")
    )
    return [row["sealed"] for row in rows]


async def test_the_first_start_makes_a_key_for_the_eyes_of_one(database: Database, tmp_path: Path) -> None:
    sources = given(tmp_path)

    await opened_vault(database, sources, REDACTOR)
    made = sources.generated.read_text()
    await opened_vault(database, sources, REDACTOR)

    assert sources.generated.read_text() == made
    assert len(made) >= 32
    assert sources.generated.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("before", "in_file"), [(KEY.encode(), ""), (b"a key that ends its line\n", "a key that ends its line\n")]
)
async def test_what_an_earlier_version_encrypted_is_bound_to_its_rows_and_nothing_is_lost(
    database: Database, tmp_path: Path, before: bytes, in_file: str
) -> None:
    await as_an_earlier_version_left_it(database, before)
    (tmp_path / "secret.key").write_text(in_file)
    sources = given(tmp_path) if in_file else given(tmp_path, KEY)

    vault = await opened_vault(database, sources, REDACTOR)

    found = await database.write(needed(Accounts(vault)))
    assert [account.token for account in found] == [TOKEN, "another token"]
    secrets = WebhookSecrets(vault)
    assert await database.read(lambda tx: secrets.texts(tx, TENANT, NOW_MS)) == ["whsec_of_before"]
    assert all(one.startswith(sources.read()[0].header) for one in await sealed(database))


async def test_one_secret_of_before_that_is_damaged_does_not_stop_the_others(
    database: Database, tmp_path: Path
) -> None:
    await as_an_earlier_version_left_it(database, KEY.encode())
    await database.write(damage)

    vault = await opened_vault(database, given(tmp_path, KEY), REDACTOR)

    found = await database.write(needed(Accounts(vault)))
    assert [account.token for account in found] == [None, "another token"]


async def test_a_text_that_is_bound_to_no_row_is_not_opened_after_the_first_start(
    database: Database, tmp_path: Path
) -> None:
    await as_an_earlier_version_left_it(database, KEY.encode())
    before = await sealed(database)
    await opened_vault(database, given(tmp_path, KEY), REDACTOR)

    await database.write(lambda tx: tx.run("UPDATE accounts SET token = :old WHERE id = 1", old=before[1]))
    vault = await opened_vault(database, given(tmp_path, KEY), REDACTOR)

    found = await database.write(needed(Accounts(vault)))
    assert [account.token for account in found] == [None, "another token"]


@pytest.mark.parametrize("is_bound", [True, False])
async def test_a_wrong_key_is_refused_and_nothing_is_changed(
    database: Database, tmp_path: Path, is_bound: bool
) -> None:
    await as_an_earlier_version_left_it(database, KEY.encode())
    if is_bound:
        await opened_vault(database, given(tmp_path, KEY), REDACTOR)
    before = await sealed(database)

    with pytest.raises(DataError, match=r"^Wrong secret key") as refused:
        await opened_vault(database, given(tmp_path, OTHER), REDACTOR)

    assert f"{Key(OTHER, '').fingerprint} (the setting secret_key (BRIDGE_SECRET_KEY))" in str(refused.value)
    assert not is_bound or f"the key {Key(KEY, '').fingerprint} (last read from" in str(refused.value)
    assert "docs/keys.md" in str(refused.value)
    assert await sealed(database) == before


async def test_a_wrong_key_is_noticed_although_nothing_is_encrypted_yet(
    database: Database, tmp_path: Path
) -> None:
    await opened_vault(database, given(tmp_path, KEY), REDACTOR)

    with pytest.raises(DataError, match=r"^Wrong secret key"):
        await opened_vault(database, given(tmp_path, OTHER), REDACTOR)


async def test_no_new_key_is_made_for_a_database_that_has_lost_its_own(
    database: Database, tmp_path: Path
) -> None:
    vault = await opened_vault(database, given(tmp_path), REDACTOR)
    await database.write(lambda tx: an_account(tx, Accounts(vault)))
    (tmp_path / "secret.key").rename(tmp_path / "elsewhere.key")

    with pytest.raises(DataError, match=r"of the database is missing: restore .*secret\.key"):
        await opened_vault(database, given(tmp_path), REDACTOR)

    assert not (tmp_path / "secret.key").exists()


async def test_the_key_of_the_database_may_be_any_of_those_that_are_given(
    database: Database, tmp_path: Path
) -> None:
    await opened_vault(database, given(tmp_path, KEY), REDACTOR)

    vault = await opened_vault(database, given(tmp_path, OTHER, KEY), REDACTOR)
    account = await database.write(lambda tx: an_account(tx, Accounts(vault)))

    assert account.token == TOKEN
    assert (await sealed(database))[0].startswith(Key(KEY, "").header)


def test_a_key_file_has_a_key_on_each_line_the_newest_first(tmp_path: Path) -> None:
    write_key_file(tmp_path / "own.key", [KEY, "old"])

    keys = read_key_file(tmp_path / "own.key")

    assert [key.text for key in keys] == [KEY, "old"]
    assert {key.source for key in keys} == {str(tmp_path / "own.key")}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"a\n" + KEY.encode(), "is too short: a secret key has at least 16 characters, because"),
        (bytes(range(256)), "is not text"),
    ],
)
def test_a_file_without_a_good_key_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "own.key").write_bytes(content)

    with pytest.raises(DataError, match=reason):
        read_key_file(tmp_path / "own.key")


def test_a_key_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "own.key").mkdir()

    with pytest.raises(DataError, match="cannot be read"):
        read_key_file(tmp_path / "own.key")


def damage(tx: Tx) -> None:
    """Let the token of the first account be none."""
    tx.run("UPDATE accounts SET token = :damaged WHERE id = 1", damaged=b"\0")
