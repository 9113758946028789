"""An account that nobody uses costs a look now and then, and is there at once when a job comes."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bridge.account import CATCH_UP_AGAIN_S, IDLE_S, KEEP_MS, SWEEP_S, Pace, RunningAccount
from bridge.chat import Heard, Listening
from bridge.pixverse.profile import DEFAULT
from bridge.store.uploads import uploads_in
from tests.flows.conftest import USER, FakeSession, Rig
from tests.flows.hand_clock import BOOTED_MS


class QuietSession(FakeSession):
    """Listens, and hears nothing."""

    async def heard(self) -> AsyncIterator[Heard]:
        yield Listening(is_resumed=False, user_id=USER)
        await asyncio.Event().wait()

    async def changed(self) -> None:
        await asyncio.Event().wait()


@pytest.fixture
def running(rig: Rig, tmp_path: Path) -> RunningAccount:
    pace = Pace(pace_s=0, silence_s=1800)
    return RunningAccount(
        rig.account, QuietSession(), rig.database, rig.bells, rig.clock, DEFAULT, uploads_in(tmp_path), pace
    )


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
    for _ in range(minutes * 60):
        rig.clock.pass_s(1)
        for _ in range(3):
            await rig.database.query(lambda _: None)


async def tenths_pass(rig: Rig, tenths: int) -> None:
    for _ in range(tenths):
        rig.clock.pass_s(0.1)
        for _ in range(3):
            await rig.database.query(lambda _: None)


async def test_an_account_without_a_job_looks_a_few_times_in_a_minute_and_writes_nothing(
    rig: Rig, running: RunningAccount, asked: dict[str, int]
) -> None:
    work = asyncio.create_task(running.run())
    await minutes_pass(rig, 1)
    asked.update(read=0, write=0)

    await minutes_pass(rig, 5)

    work.cancel()
    await asyncio.wait({work})
    assert asked["write"] == 0
    assert asked["read"] <= 5 * 4


async def test_a_job_that_comes_is_looked_after_at_once(rig: Rig, running: RunningAccount) -> None:
    sweeping = asyncio.create_task(running._sweep_once())
    asleep_s = await rig.clock.sleeper_s()

    await rig.sent()
    rig.bells.ring(f"account:{rig.account.id}")
    await sweeping
    sweeping = asyncio.create_task(running._sweep_once())

    assert asleep_s == IDLE_S
    assert SWEEP_S / 2 <= await rig.clock.sleeper_s() <= SWEEP_S
    sweeping.cancel()


async def test_the_listening_time_is_kept_now_and_then_while_there_is_a_job(
    rig: Rig, running: RunningAccount
) -> None:
    await rig.sent()
    running._listening.start(rig.clock.monotonic_ms())
    kept = []

    for _ in range(30):
        sweeping = asyncio.create_task(running._sweep_once())
        rig.clock.pass_s(await rig.clock.sleeper_s())
        await sweeping
        row = await rig.database.read(lambda tx: tx.one("SELECT listened_ms FROM accounts WHERE id = 1"))
        kept.append(row["listened_ms"] if row else 0)

    times = sorted(set(kept))
    assert len(times) >= 3
    assert all(KEEP_MS <= after - before <= KEEP_MS + SWEEP_S * 1000 for before, after in pairwise(times))


async def test_accounts_that_connect_together_read_their_histories_again_apart(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.sent()
    sessions = [QuietSession() for _ in range(8)]
    pace, uploads = Pace(pace_s=0, silence_s=1800), uploads_in(tmp_path)
    accounts = [
        RunningAccount(rig.account, each, rig.database, rig.bells, rig.clock, DEFAULT, uploads, pace)
        for each in sessions
    ]

    reading = [asyncio.create_task(each._is_read_to_its_end()) for each in accounts]
    read_again: list[int] = []
    while len(set(read_again)) < 3 and len(read_again) < 1000:
        await tenths_pass(rig, 1)
        read_again.append(sum(len(each.asked) > 1 for each in sessions))

    assert rig.clock.monotonic_ms() - BOOTED_MS <= 2 * CATCH_UP_AGAIN_S * 1000
    for one in reading:
        one.cancel()
    await asyncio.wait(reading)
