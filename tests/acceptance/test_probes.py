"""What a container asks of a bridge without a token: `/healthz` and `/readyz`."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.tools.world import bridge_on

CHECKS = {"store", "schema", "accounts", "stopping"}


@pytest.fixture(autouse=True)
def a_patient_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database of a busy machine answer: what is looked for is what it says."""
    monkeypatch.setattr("bridge.flows.readiness.LOOK_S", 30.0)


@pytest.fixture
async def empty(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path, accounts=[]) as bridge:
        yield bridge


async def ask(http: aiohttp.ClientSession, url: str) -> tuple[int, Any]:
    async with http.get(url) as response:
        return response.status, await response.json()


def failed(body: Any) -> set[str]:
    return {name for name, check in body["checks"].items() if not check["ok"]}


async def test_a_bridge_with_a_connected_account_is_ready(
    bridge: RunningBridge, http: aiohttp.ClientSession
) -> None:
    alive, ready = await ask(http, f"{bridge.url}/healthz"), await ask(http, f"{bridge.url}/readyz")

    assert alive == (200, {"ok": True, "checks": {"loop": alive[1]["checks"]["loop"]}, "code": 200})
    assert (ready[0], ready[1]["ok"], ready[1]["checks"].keys(), failed(ready[1])) == (
        200,
        True,
        CHECKS,
        set(),
    )


async def test_a_bridge_without_accounts_is_ready(empty: RunningBridge, http: aiohttp.ClientSession) -> None:
    status, body = await ask(http, f"{empty.url}/readyz")

    assert (status, failed(body)) == (200, set())


async def test_a_bridge_whose_only_account_needs_a_person_is_not_ready_and_says_why(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    world = sandbox.world()
    account = {"discord": "no.such.token", "server": world["guild_id"], "channel": world["channel_id"]}

    async with bridge_on(sandbox, tmp_path, accounts=[account]) as bridge:
        status, body = await ask(http, f"{bridge.url}/readyz")
        without = await ask(http, f"{bridge.url}/readyz?exclude=accounts")

    assert (status, failed(body)) == (503, {"accounts"})
    assert body["checks"]["accounts"]["text"] == "no account is connected"
    assert (without[0], "accounts" in without[1]["checks"]) == (200, False)


async def test_a_database_that_cannot_be_written_is_told_by_name(
    empty: RunningBridge, tmp_path: Path, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.flows.readiness.LOOK_S", 1.0)
    with sqlite3.connect(tmp_path / "bridge.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")

        status, body = await ask(http, f"{empty.url}/readyz")

        other.execute("ROLLBACK")
    assert (status, "store" in failed(body)) == (503, True)
    assert "not answered within 1 seconds" in body["checks"]["store"]["text"]


async def test_a_probe_answers_whatever_host_is_asked_for(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    server = {"port": 0, "hosts": ["bridge.example"]}
    async with bridge_on(sandbox, tmp_path, accounts=[], server=server) as bridge:
        statuses = []
        for path in ("/healthz", "/readyz", "/docs", "/v1/pixverse/health"):
            async with http.get(bridge.url + path, headers={"Host": "10.0.0.7:8080"}) as response:
                statuses.append(response.status)

    assert statuses == [200, 200, 421, 421]


async def test_a_probe_leaves_no_row_behind(
    empty: RunningBridge, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    await ask(http, f"{empty.url}/readyz")

    with sqlite3.connect(tmp_path / "bridge.db") as other:
        left = other.execute("SELECT count(*) FROM meta WHERE key LIKE 'probe:%'").fetchone()

    assert left == (0,)


async def test_a_check_that_there_is_not_is_refused(
    empty: RunningBridge, http: aiohttp.ClientSession
) -> None:
    status, body = await ask(http, f"{empty.url}/readyz?exclude=store,sotre")

    assert (status, body["error"]) == (400, "exclude must be one of store, schema, accounts, stopping")


async def test_the_database_is_asked_once_a_second_however_often_a_probe_asks(
    empty: RunningBridge, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = 0
    write = type(empty.foundation.database).write

    async def counted(self: Any, body: Callable[..., Any]) -> Any:
        nonlocal writes
        writes += body.__name__ == "try_to_write"
        return await write(self, body)

    monkeypatch.setattr(type(empty.foundation.database), "write", counted)
    monkeypatch.setattr("bridge.flows.readiness.FRESH_MS", 60_000)

    for _ in range(5):
        await ask(http, f"{empty.url}/readyz")

    assert writes == 1


async def test_a_loop_that_stands_still_is_told_by_the_probe(
    empty: RunningBridge, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.metrics.loop_lag.STUCK_MS", -1_000)

    status, body = await ask(http, f"{empty.url}/healthz")

    assert (status, failed(body)) == (503, {"loop"})
