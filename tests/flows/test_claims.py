"""A claim of which nobody knows whether it was stored: nothing is sent, and the job waits again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bridge.flows.send.posting import Claim
from bridge.jobs.job import State
from bridge.store.database import Database, StoreUnavailable, Tx
from tests.flows.conftest import Passes, Rig, dispatching, posted

Value = TypeVar("Value")


@dataclass
class Doubtful:
    """The database, whose first write is carried out now, or later, but is never confirmed to its caller."""

    real: Database
    is_stored: bool = True
    hangs: bool = False
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    late: list[Callable[[Tx], Any]] = field(default_factory=list)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        if self.has_begun.is_set():
            return await self.real.write(body)
        if self.is_stored:
            await self.real.write(body)
        self.late.append(body)
        self.has_begun.set()
        if self.hangs:
            await asyncio.Event().wait()
        raise StoreUnavailable("the database is away, or too busy")

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.query(body)


@pytest.fixture
def doubtful(rig: Rig) -> Doubtful:
    return Doubtful(rig.database)


@pytest.fixture
async def dispatch(rig: Rig, doubtful: Doubtful, tmp_path: Path) -> AsyncIterator[Passes]:
    async with dispatching(rig, tmp_path, database=doubtful) as dispatch:
        yield dispatch


@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_job_whose_claim_is_not_confirmed_is_sent_later_and_once(
    rig: Rig, doubtful: Doubtful, dispatch: Passes, *, is_stored: bool
) -> None:
    doubtful.is_stored = is_stored
    await rig.waiting()

    await dispatch.next()
    state, sent_at_first = (await rig.job()).state, list(rig.session.sent)
    rig.clock.pass_s(10)
    await dispatch.next()

    assert (state, sent_at_first) == (State.WAITING, [])
    assert [nonce for _, nonce in rig.session.sent] == [(await rig.posts())[1]["nonce"]]
    assert [post["is_void"] for post in await rig.posts()] == [1, 0]
    assert (await rig.job()).state is State.SENT


async def test_a_claim_that_arrives_after_it_was_taken_back_does_nothing(
    rig: Rig, doubtful: Doubtful, dispatch: Passes
) -> None:
    doubtful.is_stored = False
    await rig.waiting()
    await dispatch.next()

    rig.clock.pass_s(10)
    claim = await rig.database.write(doubtful.late[0])

    assert not isinstance(claim, Claim) or claim.job is None
    assert (await rig.job()).state is State.WAITING
    assert [post["is_void"] for post in await rig.posts()] == [1]


async def test_a_job_whose_claim_is_cancelled_is_sent_later(
    rig: Rig, doubtful: Doubtful, tmp_path: Path
) -> None:
    await rig.waiting()
    doubtful.hangs = True
    context = replace(rig.context, database=doubtful, lease_left_s=lambda: 0.0)
    posting = asyncio.create_task(posted(context, tmp_path))
    await doubtful.has_begun.wait()

    posting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await posting

    assert rig.session.sent == []
    assert (await rig.job()).state is State.WAITING
    assert [post["is_void"] for post in await rig.posts()] == [1]
