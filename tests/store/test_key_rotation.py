"""A rotation encrypts everything anew, beside a bridge or not, and goes on where it was killed."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bridge.app import key_rotation
from bridge.app.key_rotation import Rotation, rotate, stored_keys
from bridge.app.secret_keys import note_keys, opened_vault
from bridge.clock import SystemClock
from bridge.errors import ConfigurationError, DataError, DataInUse
from bridge.logs import Redactor
from bridge.store.database import Database, Tx
from bridge.store.key_files import KeySources, write_key_file
from bridge.store.keys import Key, fingerprint_of
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.sealed import discard, sealed_not_under
from bridge.store.rows.webhook_secrets import WebhookSecrets
from bridge.store.sqlite.key_users import note_database
from bridge.store.sqlite.lock import key_file
from bridge.store.sqlite.sqlite import sqlite_database
from bridge.store.vault import Vault
from tests.tools.databases import on_sqlite
from tests.tools.jobs import NOW_MS
from tests.tools.rows import TENANT, an_account, needed

Value = TypeVar("Value")
OLD, NEW, LAST = "the old key of sixteen", "the new key of sixteen", "the last key of sixteen"
TOKENS = ["token of one", "token of two", "token of three"]
REDACTOR = Redactor(SystemClock())


def in_files(tmp_path: Path) -> KeySources:
    return KeySources((), None, tmp_path / "secret.key")


def given(tmp_path: Path, *keys: str) -> KeySources:
    return KeySources(keys, None, tmp_path / "secret.key")


async def filled(database: Database, sources: KeySources) -> Vault:
    """Keep three accounts and a webhook secret, as a bridge that goes on running does."""
    vault = await opened_vault(database, sources, REDACTOR)

    def fill(tx: Tx) -> None:
        for token in TOKENS:
            an_account(tx, Accounts(vault), channel=token, token=token)
        WebhookSecrets(vault).prepare(tx, TENANT, "whsec_of_before", NOW_MS)

    await database.write(fill)
    return vault


async def rotated(
    database: Database, sources: KeySources, name: str = "bridge.db", *, is_dropping: bool = False
) -> Rotation:
    """Rotate the keys of a database; `name`: that of its file."""
    path = sources.generated.parent / name
    return await rotate(database, sources, lambda _: None, path=path, is_dropping=is_dropping)


async def read_by(database: Database, vault: Vault) -> list[str | None]:
    """Return all tokens and webhook secrets as a bridge with this vault reads them."""
    accounts = await database.write(needed(Accounts(vault)))
    texts = await database.read(lambda tx: WebhookSecrets(vault).texts(tx, TENANT, NOW_MS))
    return [*(account.token for account in accounts), *texts]


COPY_A_TOKEN = "UPDATE accounts SET token = (SELECT token FROM accounts WHERE id = 2) WHERE id = 1"
ALL = [*TOKENS, "whsec_of_before"]


async def keys_in_use(database: Database) -> set[str | None]:
    rows = await database.read(
        lambda tx: tx.all("SELECT token AS sealed FROM accounts UNION SELECT secret FROM webhook_secrets")
    )
    return {fingerprint_of(row["sealed"]) for row in rows}


async def test_everything_is_encrypted_with_the_new_key_and_the_old_one_is_gone(
    database: Database, tmp_path: Path
) -> None:
    sources = in_files(tmp_path)
    await filled(database, sources)
    (old,) = sources.read()

    done = await rotated(database, sources)

    (new,) = sources.read()
    assert (done.key, done.resealed, done.forgotten) == (new.fingerprint, 4, [old.fingerprint])
    assert await keys_in_use(database) == {new.fingerprint} != {old.fingerprint}
    assert [key.fingerprint for key in (await database.read(stored_keys)).known] == [new.fingerprint]
    assert sources.generated.stat().st_mode & 0o777 == 0o600
    assert await read_by(database, await opened_vault(database, sources, REDACTOR)) == ALL


@pytest.mark.parametrize("where", ["file", "setting", "from file to setting"])
async def test_a_bridge_that_runs_goes_on_reading_and_writes_with_the_new_key(
    database: Database, tmp_path: Path, where: str
) -> None:
    sources = given(tmp_path, OLD) if where == "setting" else in_files(tmp_path)
    running = await filled(database, sources)
    changed = {"file": sources, "setting": given(tmp_path, NEW, OLD)}.get(where, given(tmp_path, NEW))

    done = await rotated(database, changed)
    added = await database.write(lambda tx: an_account(tx, Accounts(running), channel="4", token="four"))

    assert await keys_in_use(database) == {done.key}
    assert await read_by(database, running) == [*TOKENS, "four", "whsec_of_before"]
    assert added.token == "four"
    assert await read_by(database, await opened_vault(database, changed, REDACTOR)) == [
        *(*TOKENS, "four"),
        "whsec_of_before",
    ]


async def test_a_bridge_that_slept_through_two_rotations_of_a_setting_goes_on(
    database: Database, tmp_path: Path
) -> None:
    running = await filled(database, given(tmp_path, OLD))

    await rotated(database, given(tmp_path, NEW, OLD))
    await rotated(database, given(tmp_path, LAST, NEW))

    assert await read_by(database, running) == ALL
    assert await keys_in_use(database) == {Key(LAST, "").fingerprint}


async def test_the_old_key_of_a_setting_opens_nothing_after_the_next_start_with_the_new_one(
    database: Database, tmp_path: Path
) -> None:
    await filled(database, given(tmp_path, OLD))
    await rotated(database, given(tmp_path, NEW, OLD))
    assert (await database.read(stored_keys)).known[0].wrapped is not None

    await note_keys(database, given(tmp_path, NEW))

    assert [key.wrapped for key in (await database.read(stored_keys)).known] == [None]
    with pytest.raises(DataError, match=r"^Wrong secret key"):
        await opened_vault(database, given(tmp_path, OLD), REDACTOR)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Mortal:
    """A database and a key file of a process that is killed at one of their writes, before or after it."""

    real: Database
    left: int

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        self.step()
        written = await self.real.write(body)
        self.step()
        return written

    def write_file(self, path: Path, texts: Sequence[str]) -> None:
        self.step()
        write_key_file(path, texts)
        self.step()

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


@pytest.mark.parametrize("where", ["file", "setting"])
@pytest.mark.parametrize("steps", range(20))
async def test_a_rotation_that_is_killed_anywhere_loses_nothing_and_ends_when_it_is_run_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, steps: int
) -> None:
    monkeypatch.setattr(key_rotation, "AT_ONCE", 1)
    before = in_files(tmp_path) if where == "file" else given(tmp_path, OLD)
    after = in_files(tmp_path) if where == "file" else given(tmp_path, NEW, OLD)
    running = await filled(database, before)
    (old,) = before.read()
    mortal = Mortal(database, steps)
    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(key_rotation, "write_key_file", mortal.write_file)
        await rotated(mortal, after)
    left = after.read()

    restarted = await opened_vault(database, after, REDACTOR)
    assert await read_by(database, running) == await read_by(database, restarted) == ALL

    again = await rotated(database, after)

    assert await keys_in_use(database) == {again.key} != {old.fingerprint}
    assert [key.fingerprint for key in (await database.read(stored_keys)).known] == [again.key]
    assert where == "setting" or [key.fingerprint for key in after.read()] == [again.key]
    is_finished = steps > 16
    assert is_finished or len(left) == 1 or again.key == left[0].fingerprint
    assert await read_by(database, running) == ALL


async def test_a_secret_that_does_not_decrypt_keeps_its_key_and_stops_no_other(
    database: Database, tmp_path: Path
) -> None:
    sources = in_files(tmp_path)
    running = await filled(database, sources)
    (old,) = sources.read()
    await database.write(
        lambda tx: tx.run(
            "UPDATE accounts SET token = (SELECT token FROM accounts WHERE id = 2) WHERE id = 1"
        )
    )

    done = await rotated(database, sources)

    assert [(row.table, row.number) for row in done.unreadable] == [("accounts", 1)]
    assert (done.resealed, done.kept, done.forgotten) == (3, [old.fingerprint], [])
    assert [key.fingerprint for key in sources.read()] == [done.key, old.fingerprint]
    assert await read_by(database, running) == [None, *TOKENS[1:], "whsec_of_before"]


async def test_what_does_not_decrypt_can_be_given_up(database: Database, tmp_path: Path) -> None:
    sources = in_files(tmp_path)
    await filled(database, sources)
    (old,) = sources.read()
    await database.write(
        lambda tx: tx.run(
            "UPDATE accounts SET token = (SELECT token FROM accounts WHERE id = 2) WHERE id = 1"
        )
    )
    await rotated(database, sources)

    done = await rotated(database, sources, is_dropping=True)

    assert (done.forgotten, done.kept) == ([old.fingerprint], [])
    assert [key.fingerprint for key in sources.read()] == [done.key]
    assert (await rotated(database, sources)).unreadable == []


async def test_what_was_replaced_since_it_was_read_is_not_given_up(
    database: Database, tmp_path: Path
) -> None:
    vault = await filled(database, in_files(tmp_path))
    read = await database.read(lambda tx: sealed_not_under(tx, b"other", 10))
    await database.write(lambda tx: Accounts(vault).replace_token(tx, 1, "a.fresh.token"))
    await database.write(lambda tx: tx.run("UPDATE webhook_secrets SET secret = :fresh", fresh=b"\x01"))

    await database.write(lambda tx: discard(tx, read))

    account = await database.read(lambda tx: Accounts(vault).by_id(tx, 1))
    secrets = await database.read(lambda tx: tx.all("SELECT secret FROM webhook_secrets"))
    assert account is not None
    assert account.token == "a.fresh.token"
    assert [row["secret"] for row in secrets] == [b"\x01"]


@pytest.mark.parametrize("is_file_left", [True, False])
async def test_a_database_whose_key_is_lost_goes_on_without_its_secrets(
    database: Database, tmp_path: Path, is_file_left: bool
) -> None:
    await filled(database, given(tmp_path, OLD))
    sources = in_files(tmp_path)
    if is_file_left:
        write_key_file(sources.generated, [NEW])
    with pytest.raises(DataError, match="secret key"):
        await rotated(database, sources)

    done = await rotated(database, sources, is_dropping=True)

    vault = await opened_vault(database, sources, REDACTOR)
    assert len(done.unreadable) == 4
    assert [account.token for account in await database.write(needed(Accounts(vault)))] == [None] * 3
    made = await database.write(lambda tx: WebhookSecrets(vault).prepare(tx, TENANT, None, NOW_MS))
    assert made != "whsec_of_before"


async def test_a_setting_needs_the_new_key_before_the_old_one(database: Database, tmp_path: Path) -> None:
    await filled(database, given(tmp_path, OLD))

    with pytest.raises(ConfigurationError, match="BRIDGE_SECRET_KEY=NEW,OLD"):
        await rotated(database, given(tmp_path, OLD))
    with pytest.raises(DataError, match=r"^Wrong secret key"):
        await rotated(database, given(tmp_path, NEW))

    assert await keys_in_use(database) == {Key(OLD, "").fingerprint}


async def test_the_operator_is_told_where_keys_are_left_that_nothing_needs(
    database: Database, tmp_path: Path
) -> None:
    await filled(database, in_files(tmp_path))

    done = await rotated(database, given(tmp_path, NEW))

    assert done.superfluous == [str(tmp_path / "secret.key")]


async def test_a_key_file_that_cannot_be_written_leaves_everything_as_it_was(
    database: Database, tmp_path: Path
) -> None:
    sources = in_files(tmp_path)
    await filled(database, sources)
    in_use = await keys_in_use(database)
    (tmp_path / "secret.key.new").mkdir()

    with pytest.raises(DataError, match=r"secret\.key cannot be written"):
        await rotated(database, sources)

    assert await keys_in_use(database) == in_use


@on_sqlite
@pytest.mark.parametrize("is_started", [True, False])
@pytest.mark.parametrize("name", ["sandbox.db", "elsewhere/any-name"])
async def test_a_key_that_another_database_needs_stays_in_the_file(
    database: Database, tmp_path: Path, name: str, is_started: bool
) -> None:
    sources, beside = in_files(tmp_path), tmp_path / name
    await filled(database, sources)
    (old,) = sources.read()
    beside.parent.mkdir(exist_ok=True)
    note_database(sources.generated, beside)
    async with sqlite_database(beside) as other:
        vault = await filled(other, sources) if is_started else None

        done = await rotated(database, sources)

        assert done.needed_by == [str(beside)]
        assert [key.fingerprint for key in sources.read()] == [done.key, old.fingerprint]
        restarted = await opened_vault(other, sources, REDACTOR)
        assert vault is None or await read_by(other, restarted) == ALL
        again = await rotated(other, sources, name)
    assert {key.fingerprint for key in sources.read()} == {done.key, again.key}


@on_sqlite
async def test_a_database_of_the_folder_needs_no_list(database: Database, tmp_path: Path) -> None:
    sources = in_files(tmp_path)
    await filled(database, sources)
    async with sqlite_database(tmp_path / "any-name") as other:
        await filled(other, sources)

        done = await rotated(database, sources)

        assert done.needed_by == [str(tmp_path / "any-name")]
        assert await read_by(other, await opened_vault(other, sources, REDACTOR)) == ALL


@pytest.mark.parametrize(("name", "is_kept"), [("gone.db", False), ("elsewhere/gone.db", True)])
async def test_a_database_that_is_gone_keeps_keys_only_if_it_may_have_been_moved(
    database: Database, tmp_path: Path, name: str, is_kept: bool
) -> None:
    sources = in_files(tmp_path)
    await filled(database, sources)
    note_database(sources.generated, tmp_path / name)

    done = await rotated(database, sources)

    assert done.needed_by == [str(tmp_path / name)] * is_kept
    assert len(sources.read()) == 1 + is_kept


@dataclass
class Interrupted:
    """Lets something happen before the write of a number."""

    real: Database
    number: int
    happen: Callable[[], Awaitable[object]]
    writes: int = 0

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        if self.writes == self.number:
            await self.happen()
        self.writes += 1
        return await self.real.write(body)


@on_sqlite
@pytest.mark.parametrize("number", [0, 1, 3])
async def test_while_a_key_is_changed_no_other_database_changes_that_file(
    database: Database, tmp_path: Path, number: int
) -> None:
    sources = in_files(tmp_path)
    await filled(database, sources)
    refusals = []

    async with sqlite_database(tmp_path / "sandbox.db") as other:
        await filled(other, sources)

        async def rotate_the_other() -> None:
            try:
                await rotated(other, sources, "sandbox.db")
            except DataInUse as error:
                refusals.append(str(error))

        await rotated(Interrupted(database, number, rotate_the_other), sources)
        for each in (database, other):
            assert await read_by(each, await opened_vault(each, sources, REDACTOR)) == ALL
        await rotated(other, sources, "sandbox.db")

    assert refusals == [f"Another keys rotate, or a first start, uses the key file {sources.generated}."]


@on_sqlite
async def test_a_key_that_is_made_just_before_the_file_is_written_is_not_lost(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write of a file blocks, so the other command runs in a thread meanwhile, as if in a process."""
    sources, beside = in_files(tmp_path), tmp_path / "sandbox.db"
    await filled(database, sources)
    async with sqlite_database(beside) as other:
        await filled(other, sources)

    async def rotate_the_other() -> None:
        async with sqlite_database(beside) as other:
            await rotated(other, sources, "sandbox.db")

    def interrupted_write(path: Path, texts: Sequence[str]) -> None:
        monkeypatch.setattr(key_rotation, "write_key_file", write_key_file)
        with ThreadPoolExecutor(1) as thread, suppress(DataInUse):
            thread.submit(asyncio.run, rotate_the_other()).result()
        write_key_file(path, texts)

    monkeypatch.setattr(key_rotation, "write_key_file", interrupted_write)
    await rotated(database, sources)

    async with sqlite_database(beside) as other:
        for each in (database, other):
            assert await read_by(each, await opened_vault(each, sources, REDACTOR)) == ALL


async def test_a_first_start_makes_no_key_file_while_another_process_may_make_it(
    database: Database, tmp_path: Path
) -> None:
    sources = in_files(tmp_path)

    with key_file(sources.generated), pytest.raises(DataInUse):
        await opened_vault(database, sources, REDACTOR)

    assert not sources.generated.exists()


async def test_no_key_becomes_current_that_is_not_in_its_file_any_more(
    database: Database, tmp_path: Path
) -> None:
    """A program that knows nothing of the lock has written an earlier version of the file."""
    sources = in_files(tmp_path)
    await filled(database, sources)
    before, in_use = [key.text for key in sources.read()], await keys_in_use(database)

    async def put_back() -> None:
        write_key_file(sources.generated, before)

    with pytest.raises(DataError, match="was changed meanwhile: run keys rotate again"):
        await rotated(Interrupted(database, 1, put_back), sources)

    assert await keys_in_use(database) == in_use
    assert await read_by(database, await opened_vault(database, sources, REDACTOR)) == ALL


async def test_a_file_of_the_operator_gets_the_new_key_and_loses_none(
    database: Database, tmp_path: Path
) -> None:
    write_key_file(tmp_path / "own.key", [OLD])
    sources = KeySources((), tmp_path / "own.key", tmp_path / "secret.key")
    running = await filled(database, sources)

    done = await rotated(database, sources)

    assert [key.text == OLD for key in sources.read()] == [False, True]
    assert done.superfluous == [str(tmp_path / "own.key")]
    assert await read_by(database, running) == ALL
    assert (await rotated(database, sources)).key != done.key


async def test_the_key_before_a_rotation_does_not_undo_it(database: Database, tmp_path: Path) -> None:
    await filled(database, given(tmp_path, OLD))
    done = await rotated(database, given(tmp_path, NEW, OLD))

    with pytest.raises(DataError, match=r"^Wrong secret key"):
        await rotated(database, given(tmp_path, OLD))

    assert await keys_in_use(database) == {done.key}


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give files away")
async def test_a_key_file_keeps_its_owner_whoever_rotates(database: Database, tmp_path: Path) -> None:
    sources = in_files(tmp_path)
    await filled(database, sources)
    os.chown(sources.generated, 4321, 4321)

    await rotated(database, sources)

    owner = sources.generated.stat()
    assert (owner.st_uid, owner.st_gid, owner.st_mode & 0o777) == (4321, 4321, 0o600)
