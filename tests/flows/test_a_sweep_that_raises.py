"""The sweeps of an account are independent: one that raises, however often, keeps no other from its work."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.flows.end.expire import ExpireOwed
from bridge.flows.end.giving_up import SilentJobs, UnprovenJobs, UnreachedAccount, UnusableAccount
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import Cause
from bridge.running.listening import ListeningTime
from bridge.running.loops import LOG_AGAIN_MS
from tests.flows.conftest import Rig
from tests.tools.running_account import LiveSession, ended, running, seconds_pass, until

SWEEPS: Final = {
    "expire_owed": (ExpireOwed, "sweep"),
    "unusable_account": (UnusableAccount, "sweep"),
    "unreached_account": (UnreachedAccount, "sweep"),
    "listening_time": (ListeningTime, "save"),
    "unproven_jobs": (UnprovenJobs, "sweep"),
    "silent_jobs": (SilentJobs, "sweep"),
    "strays": (Intake, "retry_strays"),
}
Sweep = Callable[..., Awaitable[object]]


@pytest.fixture
def session(rig: Rig) -> LiveSession:
    rig.session = session = LiveSession()
    session.listens()
    return session


async def always(*_: object) -> None:
    """Raise: the error is made up, since no state is known that leads to one."""
    raise LookupError("a case that nobody thought of")


@pytest.mark.parametrize("raising", SWEEPS)
async def test_a_sweep_that_raises_keeps_no_other_from_its_turn(
    rig: Rig, session: LiveSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raising: str
) -> None:
    had_their_turn: Counter[str] = Counter()

    def counted(name: str, real: Sweep) -> Sweep:
        async def sweep(*args: object) -> object:
            had_their_turn[name] += 1
            return await real(*args)

        return sweep

    for name, (kind, method) in SWEEPS.items():
        real = always if name == raising else getattr(kind, method)
        monkeypatch.setattr(kind, method, counted(name, real))
    await rig.sent()

    async with running(rig, tmp_path):
        await until(rig, lambda: had_their_turn[raising] == 3)

    assert all(had_their_turn[name] >= 2 for name in SWEEPS)


async def test_a_silent_job_is_given_up_though_an_earlier_sweep_always_raises(
    rig: Rig, session: LiveSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExpireOwed, "sweep", always)
    await rig.sent()

    async with running(rig, tmp_path, silence_s=60):
        await ended(rig)

    failure = (await rig.job()).failure
    assert failure is not None
    assert failure.cause is Cause.SILENCE


async def test_a_sweep_that_always_raises_is_logged_by_its_name_once_a_minute(
    rig: Rig, session: LiveSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExpireOwed, "sweep", always)
    await rig.sent()

    with capture_logs(processors=[merge_contextvars]) as lines:
        async with running(rig, tmp_path):
            await seconds_pass(rig, 1.5 * LOG_AGAIN_MS / 1000)

    told = [
        (line["account"], line["loop"], line["exc_info"]) for line in lines if line["event"] == "pass_failed"
    ]
    assert told == [(rig.account.id, "expire_owed", True)] * 2
