"""An account that nobody uses costs a look now and then, and is there at once when a job comes."""

from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bridge.flows.end.expire import ExpireOwed
from bridge.flows.timing import STANDARD
from bridge.running.listening import SAVE_MS
from bridge.running.sweeps import IDLE_S
from tests.flows.conftest import Rig
from tests.tools.running_account import LiveSession, running, seconds_pass, until


@pytest.fixture
def session(rig: Rig) -> LiveSession:
    rig.session = session = LiveSession()
    session.listens()
    return session


@pytest.fixture
def asked(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many transactions of each kind were asked for from now on."""
    counts = {"read": 0, "write": 0}

    def counted(kind: str) -> None:
        real = getattr(type(rig.database), kind)

        async def ask(database: Any, body: Any) -> Any:
            counts[kind] += 1
            return await real(database, body)

        monkeypatch.setattr(type(rig.database), kind, ask)

    for kind in counts:
        counted(kind)
    return counts


async def minutes_pass(rig: Rig, minutes: int) -> None:
    """Let time pass without asking for a transaction of the kinds that are counted."""
    for _ in range(minutes * 60):
        rig.clock.pass_s(1)
        for _ in range(3):
            await rig.database.query(lambda _: None)


async def test_an_account_without_a_job_looks_a_few_times_in_a_minute_and_writes_nothing(
    rig: Rig, session: LiveSession, tmp_path: Path, asked: dict[str, int]
) -> None:
    async with running(rig, tmp_path):
        await minutes_pass(rig, 1)
        asked.update(read=0, write=0)

        await minutes_pass(rig, 5)

    assert asked["write"] == 0
    assert asked["read"] <= 5 * 4


async def test_a_job_that_comes_is_looked_after_at_once(
    rig: Rig, session: LiveSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept_ms: list[int] = []

    async def sweep(_: ExpireOwed) -> None:
        swept_ms.append(rig.clock.monotonic_ms())

    monkeypatch.setattr(ExpireOwed, "sweep", sweep)
    async with running(rig, tmp_path):
        await seconds_pass(rig, IDLE_S / 2)
        before = list(swept_ms)
        came_ms = rig.clock.monotonic_ms()
        await rig.sent()
        rig.notifier.notify(f"account:{rig.account.id}")
        await until(rig, lambda: bool(swept_ms))

    assert before == []
    assert swept_ms[0] - came_ms <= 2 * STANDARD.sweep_s * 1000


async def test_the_listening_time_is_kept_now_and_then_while_there_is_a_job(
    rig: Rig, session: LiveSession, tmp_path: Path
) -> None:
    await rig.sent()
    kept = {0}

    async with running(rig, tmp_path):
        for _ in range(120):
            await seconds_pass(rig, 1)
            account = await rig.database.read(lambda tx: rig.accounts.by_id(tx, rig.account.id))
            kept.add(account.listened_ms if account else 0)

    _not_yet, *times = sorted(kept)
    most_ms = SAVE_MS + 2 * STANDARD.sweep_s * 1000
    assert len(times) >= 3
    assert all(SAVE_MS <= after - before <= most_ms for before, after in pairwise(times))


async def test_accounts_that_connect_together_read_their_histories_again_apart(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.sent()
    sessions = [LiveSession() for _ in range(8)]
    read_again: set[int] = set()

    async with AsyncExitStack() as accounts:
        for each in sessions:
            each.listens()
            await accounts.enter_async_context(running(replace(rig, session=each), tmp_path))
        for _ in range(round(2 * STANDARD.catch_up_again_s / 0.1)):
            await seconds_pass(rig, 0.1, at_a_time_s=0.1)
            read_again.add(sum(len(each.asked) > 1 for each in sessions))

    assert len(read_again) >= 3
