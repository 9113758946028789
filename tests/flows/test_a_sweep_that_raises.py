"""The sweeps of an account are independent: one that raises, however often, keeps no other from its work."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
from structlog.testing import capture_logs

from bridge.account import TELL_MS, Pace, RunningAccount
from bridge.flows.doubt import Doubt
from bridge.flows.end import Deaf, Oblivion, Silence
from bridge.flows.intake import Intake
from bridge.flows.unreached import Unreached
from bridge.jobs.job import Cause
from bridge.pixverse.profile import DEFAULT
from bridge.store.uploads import uploads_in
from tests.flows.conftest import Rig
from tests.tools.sweeping import swept

SWEEPS: Final = {
    "oblivion": (Oblivion, "sweep"),
    "deaf": (Deaf, "sweep"),
    "unreached": (Unreached, "sweep"),
    "listened": (RunningAccount, "_keep_listened"),
    "doubt": (Doubt, "sweep"),
    "silence": (Silence, "sweep"),
    "strays": (Intake, "try_strays"),
}
Sweep = Callable[..., Awaitable[object]]


@pytest.fixture
def running(rig: Rig, tmp_path: Path) -> RunningAccount:
    pace = Pace(pace_s=0, silence_s=60)
    uploads = uploads_in(tmp_path)
    return RunningAccount(
        rig.account, rig.session, rig.database, rig.bells, rig.clock, DEFAULT, uploads, pace
    )


async def always(*_: object) -> None:
    """Raise: the error is made up, since no state is known that leads to one."""
    raise LookupError("a case that nobody thought of")


@pytest.mark.parametrize("raising", SWEEPS)
async def test_a_sweep_that_raises_keeps_no_other_from_its_turn(
    rig: Rig, running: RunningAccount, monkeypatch: pytest.MonkeyPatch, raising: str
) -> None:
    had_their_turn: Counter[str] = Counter()

    def counted(name: str, real: Sweep) -> Sweep:
        async def sweep(*args: object) -> object:
            had_their_turn[name] += 1
            return await real(*args)

        return sweep

    for name, (kind, method) in SWEEPS.items():
        sweep = always if name == raising else counted(name, getattr(kind, method))
        monkeypatch.setattr(kind, method, sweep)
    await rig.sent()

    await swept(rig, running, times=2)

    assert had_their_turn == {name: 2 for name in SWEEPS if name != raising}


async def test_a_silent_job_is_given_up_though_an_earlier_sweep_always_raises(
    rig: Rig, running: RunningAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Oblivion, "sweep", always)
    await rig.sent()
    running._listening.start(rig.clock.monotonic_ms())

    await swept(rig, running, times=25)

    failure = (await rig.job()).failure
    assert failure is not None
    assert failure.cause is Cause.SILENCE


async def test_a_sweep_that_always_raises_is_logged_by_its_name_once_a_minute(
    rig: Rig, running: RunningAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Oblivion, "sweep", always)
    await rig.sent()
    began_ms = rig.clock.monotonic_ms()

    with capture_logs() as lines:
        while rig.clock.monotonic_ms() - began_ms < 1.5 * TELL_MS:
            await swept(rig, running)

    told = [
        (line["account"], line["loop"], line["exc_info"]) for line in lines if line["event"] == "pass_failed"
    ]
    assert told == [(rig.account.id, "oblivion", True)] * 2
