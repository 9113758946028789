"""What is prepared for a job is let go of with the job."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bridge.flows.send.prepare import Preparations, Prepare
from bridge.store.files.uploads import uploads_in
from tests.flows.conftest import Rig
from tests.tools.jobs import new_job


@pytest.fixture
async def preparations(rig: Rig, tmp_path: Path) -> AsyncIterator[Preparations]:
    """Preparations that run."""
    prepare = Prepare(rig.context, uploads_in(tmp_path).located)
    preparations = Preparations(rig.context, prepare)
    running = asyncio.create_task(preparations.run())
    try:
        yield preparations
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_preparation_broken_off_before_its_first_step_is_forgotten(
    preparations: Preparations,
) -> None:
    job = new_job()
    preparations.begin(job)
    await asyncio.sleep(0)
    [born] = [task for task in asyncio.all_tasks() if task.get_name() == f"prepare-{job.id}"]
    task = weakref.ref(born)
    del born

    preparations.keep_only(frozenset())
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()

    assert task() is None
