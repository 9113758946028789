"""Two processes on one database: what one has kept first the other finds, and no index makes it an error."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.flows.configure import Configure, TokenInUse
from bridge.flows.submit.order import Order
from bridge.flows.submit.submit import Accepted
from bridge.jobs.command import Command, Verb
from bridge.store.database import Database
from tests.flows.conftest import TENANT, Rig, begin, dispatching
from tests.tools.account_list import OTHER_CHANNEL, OTHERS_TOKEN, configure, entry, kinds
from tests.tools.databases import opened
from tests.tools.kept_jobs import DAY_S, KEPT_DAYS, finished, keeper, rows
from tests.tools.running_accounts import FakeAccounts, submit_within

EPOCH_MS = 1_420_070_400_000


@pytest.fixture
async def other(rig: Rig, tmp_path: Path, engine: dict[str, Any]) -> AsyncIterator[Database]:
    """The database as another process has opened it."""
    async with opened(engine.get("database", tmp_path / "bridge.db")) as other:
        yield other


def nonce_of(rig: Rig, drawn: int) -> str:
    return str((rig.clock.now_ms() - EPOCH_MS) << 22 | drawn)


async def test_a_nonce_that_another_process_has_taken_is_not_sent_and_another_one_is(
    rig: Rig, other: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.waiting(1)
    anothers = await rig.waiting(2, "a dog")
    await other.write(lambda tx: begin(tx, anothers, nonce_of(rig, 7), rig.clock.now_ms()))
    drawn = [7, 8]
    monkeypatch.setattr(secrets, "randbits", lambda _: drawn.pop(0))

    async with dispatching(rig, tmp_path) as dispatch:
        first = await dispatch.next()
        sent_at_first = list(rig.session.sent)
        second = await dispatch.next()

    assert (first, second) == (None, None)
    assert sent_at_first == []
    assert [nonce for _, nonce in rig.session.sent] == [nonce_of(rig, 8)]


async def test_a_job_whose_post_another_process_has_begun_meanwhile_is_not_sent(
    rig: Rig, other: Database, tmp_path: Path
) -> None:
    await rig.waiting()
    beside = replace(rig, database=other)

    async def claimed(_: object) -> None:
        await beside.claim(1)

    rig.session.while_preparing = claimed
    async with dispatching(rig, tmp_path) as dispatch:
        await dispatch.next()

    assert rig.session.sent == []
    assert [post["nonce"] for post in await rig.posts()] == ["nonce-1"]


async def test_two_processes_never_share_the_last_slot(rig: Rig, other: Database) -> None:
    both = [submit_within(0, each, FakeAccounts()) for each in (rig, replace(rig, database=other))]
    order = Order(tenant=TENANT, command=Command(verb=Verb.CREATE, prompt="a cat", style="Realistic"))

    done = await asyncio.gather(*(submit.run(order) for submit in both for _ in range(10)))

    kept = await other.read(lambda tx: tx.all("SELECT id FROM jobs"))
    assert sum(isinstance(one, Accepted) for one in done) == len(kept) == 2


def of_another(rig: Rig, other: Database) -> Configure:
    return configure(replace(rig, database=other))


async def test_a_channel_that_another_process_has_listed_meanwhile_is_changed_in_its_place(
    rig: Rig, other: Database
) -> None:
    await of_another(rig, other).set(TENANT, entry(OTHERS_TOKEN, OTHER_CHANNEL))

    conflict = await configure(rig).set(TENANT, entry(OTHERS_TOKEN, OTHER_CHANNEL, max_jobs=7))

    listed = await rig.database.read(lambda tx: rig.accounts.at(tx, TENANT, OTHER_CHANNEL))
    assert conflict is None
    assert listed is not None
    assert listed.max_jobs == 7
    assert await kinds(rig) == ["configured", "configured"]


async def test_a_token_that_another_process_has_listed_meanwhile_is_told_to_be_in_use(
    rig: Rig, other: Database
) -> None:
    await of_another(rig, other).set(TENANT, entry(OTHERS_TOKEN, OTHER_CHANNEL))

    conflict = await configure(rig).set(TENANT, entry(OTHERS_TOKEN, "1168473004498501654"))

    assert conflict == TokenInUse(OTHER_CHANNEL)


async def test_what_another_process_has_let_go_of_meanwhile_leaves_one_tombstone(
    rig: Rig, other: Database
) -> None:
    await finished(rig, url=None)
    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    found_by_both = await rig.database.read(lambda tx: [row["id"] for row in tx.all("SELECT id FROM jobs")])

    await keeper(rig, other).look()
    await keeper(rig).look()

    assert found_by_both == ["job-1"]
    assert await rows(rig, "tombstones") == 1
