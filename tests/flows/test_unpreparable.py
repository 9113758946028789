"""A job that cannot be prepared, for a reason nobody thought of, ends and blocks no other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.chat import Interaction
from bridge.flows.send.prepare import MOST_TRIES, Obstacle, Prepare
from bridge.jobs.job import Cause, Job, State
from bridge.store.database import StoreUnavailable
from bridge.store.files.uploads import uploads_in
from tests.flows.conftest import Rig, dispatching

LONGEST_S: Final = 2.0**MOST_TRIES


@dataclass(frozen=True, slots=True)
class Defective(Prepare):
    """Has a defect that shows with the first job only: no real input is known that does it."""

    error: Exception

    async def interaction(self, job: Job) -> Interaction | Obstacle:
        if job.id == "job-1":
            raise self.error
        return await Prepare.interaction(self, job)


def defective(rig: Rig, folder: Path, error: Exception) -> Prepare:
    return Defective(rig.context, uploads_in(folder).located, error)


async def test_it_fails_after_a_limited_number_of_tries_and_the_next_is_sent(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.waiting(1)
    await rig.waiting(2, "a dog")

    async with dispatching(rig, tmp_path, prepare=defective(rig, tmp_path, KeyError("image"))) as dispatch:
        for _ in range(MOST_TRIES + 1):
            await dispatch.next()
            rig.clock.pass_s(LONGEST_S)

    job = await rig.job(1)
    assert job.failure is not None
    assert (job.state, job.failure.cause) == (State.FAILED, Cause.NOT_SENDABLE)
    assert (await rig.job(2)).state is State.SENT


async def test_a_full_disk_is_no_fault_of_the_job(rig: Rig, tmp_path: Path) -> None:
    await rig.waiting(1)

    full = StoreUnavailable("the disk is full")
    async with dispatching(rig, tmp_path, prepare=defective(rig, tmp_path, full)) as dispatch:
        for _ in range(MOST_TRIES + 1):
            await dispatch.next()
            rig.clock.pass_s(LONGEST_S)

    assert (await rig.job(1)).state is State.WAITING
    assert rig.session.sent == []
