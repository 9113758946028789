"""`machines`: the processes that share a database, a line each."""

import asyncio
import json
from pathlib import Path
from typing import Any

from bridge.cli.machines import _row, _seen, clocks_of_living
from bridge.leases.term import APART_MS, QUIET_MS, Machine
from bridge.store.database import Database
from bridge.store.rows import leases
from bridge.store.rows.accounts import Accounts
from bridge.store.sqlite.lock import database_file
from bridge.store.sqlite.sqlite import sqlite_database
from tests.tools.command_line import new_database, run
from tests.tools.databases import Storage, opened
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.rows import an_account
from tests.tools.vaults import a_vault

A_KEY = "INSERT INTO secret_keys (fingerprint, source, canary, is_current) VALUES ('k', 'file', x'00', 1)"
STARTED_MS = 1_700_000_000_000


def machines(folder: Path) -> list[Any]:
    done = run("machines", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


async def joined(folder: Path) -> str:
    """Let a machine have the lease of an account, and another one none; return the account's channel."""
    async with sqlite_database(folder / "data" / "bridge.db") as database:
        account = await database.write(lambda tx: an_account(tx, Accounts(a_vault())))
        for name in ("first:1", "second:2"):
            machine = Machine(name[:1], name, STARTED_MS, schema=25)
            await database.write(lambda tx, one=machine: leases.join(tx, one))  # type: ignore[misc]
        await database.write(lambda tx: leases.take(tx, "f", [account.person], STARTED_MS + 1_000))
        await database.write(lambda tx: leases.drain(tx, "s"))
        await database.write(lambda tx: tx.run(A_KEY))
    return account.channel


def test_each_machine_is_listed_with_its_accounts_and_since_when(tmp_path: Path) -> None:
    new_database(tmp_path)
    channel = asyncio.run(joined(tmp_path))

    with database_file(tmp_path / "data" / "bridge.db"):
        first, second = machines(tmp_path)

    held = {"tenant": "default", "channel": channel, "since": "2023-11-14T22:13:21.000Z"}
    assert first == {
        "id": "f",
        "name": "first:1",
        "state": "active",
        "started": "2023-11-14T22:13:20.000Z",
        "last_heartbeat": "2023-11-14T22:13:20.000Z",
        "schema": 25,
        "clock_differs_by_s": 0,
        "accounts": [held],
    }
    assert (second["name"], second["state"], second["accounts"]) == ("second:2", "draining", [])


def test_a_machine_that_was_killed_is_silent(tmp_path: Path) -> None:
    new_database(tmp_path)
    asyncio.run(joined(tmp_path))

    assert [one["state"] for one in machines(tmp_path)] == ["silent", "silent"]


def test_a_line_is_printed_for_each(tmp_path: Path) -> None:
    new_database(tmp_path)
    asyncio.run(joined(tmp_path))

    lines = run("machines", folder=tmp_path).stdout.splitlines()

    assert [line.split() for line in lines] == [
        ["machine", "state", "started", "last", "heartbeat", "accounts", "schema", "clock"],
        ["first:1", "silent", "2023-11-14", "22:13", "2023-11-14", "22:13", "1", "25"],
        ["second:2", "silent", "2023-11-14", "22:13", "2023-11-14", "22:13", "0", "25"],
    ]


class Passing(HandClock):
    """Time passes while one sleeps, and a machine whose clock is an hour behind shows that it lives."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    async def sleep(self, seconds: float) -> None:
        self.pass_s(seconds)
        now_ms = self.now_ms() - 3_600_000
        await self._database.write(lambda tx: leases.beat(tx, "living", now_ms, reaches_discord=True))


async def test_whether_a_machine_lives_is_seen_by_its_heartbeat_whatever_its_clock_shows(
    storage: Storage,
) -> None:
    async with opened(storage) as database:
        clock = Passing(database)
        for name, at_ms in (("living", START_MS - 3_600_000), ("killed", START_MS + 3_600_000)):
            machine = Machine(name, name, at_ms)
            await database.write(lambda tx, one=machine: leases.join(tx, one))  # type: ignore[misc]

        ahead = await clocks_of_living(database, clock)
        waited_ms = clock.now_ms() - START_MS
        await database.write(lambda tx: leases.leave(tx, "killed", START_MS))
        await clocks_of_living(database, clock)

    assert ahead == {"living": -3_600_000}
    assert (waited_ms, clock.now_ms() - START_MS - waited_ms) == (QUIET_MS, 1_000)


def test_a_clock_that_differs_is_shown() -> None:
    machine = Machine("a", "a:1", START_MS)

    shown = [
        _row(_seen(machine, {"a": ahead_ms}, is_locked=False), [])[-1]
        for ahead_ms in (APART_MS, APART_MS + 1_000, -3_600_000)
    ]

    assert shown == ["", "+6 s", "-3600 s"]
