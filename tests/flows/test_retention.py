"""What was kept long enough goes, with all that hangs on it, and nothing that is still needed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.access.api_token import Origin, Revoker
from bridge.accounts.account import Kind
from bridge.chat import snowflake_at
from bridge.flows.access.start import full_token, with_setting
from bridge.flows.hear.candidates import pass_by
from bridge.flows.keep.retention import AT_ONCE
from bridge.flows.step import take_step
from bridge.jobs.job import Cause, Failure
from bridge.jobs.signals import Cancelled
from bridge.pixverse.profile import DEFAULT
from bridge.pixverse.reading import read
from bridge.ports import DAY_MS
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import accounts as account_rows
from bridge.store.rows import api_tokens, events, jobs, links, messages, retention, tombstones
from bridge.store.vault import digest
from tests.flows.conftest import CHANNEL, SERVER, TENANT, USER, Rig
from tests.tools.hand_clock import START_MS
from tests.tools.kept_jobs import DAY_S, KEPT_DAYS, URL, finished, keeper, rows
from tests.tools.rows import a_token

CANCELLED = Failure(Cause.CANCELLED, "The job was cancelled")


async def delivered(rig: Rig) -> None:
    """Let every callback that is owed be delivered."""

    def settle(tx: Tx) -> None:
        tx.run(
            """
            INSERT INTO attempts (delivery, at_ms, status, duration_ms)
            SELECT id, made_ms, 200, 1 FROM deliveries
            """
        )
        tx.run("UPDATE deliveries SET state = 'delivered'")

    await rig.database.write(settle)


async def test_a_job_is_kept_to_the_last_millisecond_and_then_leaves_a_tombstone(rig: Rig) -> None:
    job = await finished(rig)
    await delivered(rig)

    rig.clock.pass_s(KEPT_DAYS * DAY_S)
    await keeper(rig).look()
    before = await rig.database.read(lambda tx: jobs.by_id(tx, job.id))
    rig.clock.pass_s(0.001)
    await keeper(rig).look()

    assert before is not None
    assert await rig.database.read(lambda tx: jobs.by_id(tx, job.id)) is None
    assert await rig.database.read(lambda tx: tombstones.is_there(tx, TENANT, job.id))
    assert not await rig.database.read(lambda tx: tombstones.is_there(tx, "another", job.id))
    tables = ("interactions", "job_messages", "idempotency", "deliveries", "attempts", "events")
    assert [await rows(rig, table) for table in tables] == [0] * 6


async def test_a_tombstone_stays_for_as_long_again(rig: Rig) -> None:
    job = await finished(rig, url=None)
    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    await keeper(rig).look()

    rig.clock.pass_s(KEPT_DAYS * DAY_S)
    await keeper(rig).look()
    just_before = await rig.database.read(lambda tx: tombstones.is_there(tx, TENANT, job.id))
    rig.clock.pass_s(1)
    await keeper(rig).look()

    assert just_before
    assert not await rig.database.read(lambda tx: tombstones.is_there(tx, TENANT, job.id))


async def test_an_open_job_is_kept_for_ever(rig: Rig) -> None:
    await rig.sent()

    rig.clock.pass_s(400 * DAY_S)
    await keeper(rig).look()

    assert (await rig.job()).is_open


async def test_an_open_job_that_cannot_be_read_is_kept_as_long_as_one_that_has_ended(rig: Rig) -> None:
    """Nothing will ever end it, and what its account makes behind it would be kept for its sake."""
    await rig.sent(1)
    await rig.database.write(lambda tx: tx.run("UPDATE jobs SET body = '{'"))
    left = []

    for days in (KEPT_DAYS, 1):
        rig.clock.pass_s(days * DAY_S)
        await keeper(rig).look()
        left.append((await rows(rig, "jobs"), await rows(rig, "tombstones")))

    assert left == [(1, 0), (0, 1)]


async def test_a_cancelled_job_is_owed_no_longer_than_it_is_kept(rig: Rig) -> None:
    """Its account never listened again, so nobody else has ended the wait."""
    sent = await rig.sent()
    await rig.database.write(lambda tx: take_step(tx, sent, Cancelled(CANCELLED), rig.now()))

    rig.clock.pass_s((KEPT_DAYS - 1) * DAY_S)
    await keeper(rig).look()
    is_owed_before = (await rig.job()).is_owed
    rig.clock.pass_s(DAY_S + 1)
    await keeper(rig).look()

    assert is_owed_before
    assert await rows(rig, "jobs") == 0


async def test_a_parent_is_kept_while_its_buttons_job_runs(rig: Rig) -> None:
    parent = await finished(rig, 1, url=None)
    rig.clock.pass_s(DAY_S)
    await rig.database.write(lambda tx: jobs.insert(tx, replace(rig.new_job(2), parent=parent.id)))

    rig.clock.pass_s(KEPT_DAYS * DAY_S)
    await keeper(rig).look()

    assert await rig.database.read(lambda tx: jobs.by_id(tx, parent.id))


async def test_a_job_that_ended_behind_an_open_ones_beginning_is_kept(rig: Rig) -> None:
    """The history is read from there on: a message of the one must not be taken for one of the other."""
    await rig.sent(1)
    rig.clock.pass_s(60)
    later = await finished(rig, 2, url=None)

    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    await keeper(rig).look()

    assert await rig.database.read(lambda tx: jobs.by_id(tx, later.id))


async def test_what_a_receiver_is_still_owed_is_kept(rig: Rig) -> None:
    job = await finished(rig)
    other = await finished(rig, 2, url=None)

    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    await keeper(rig).look()
    owed = await rig.database.read(lambda tx: tx.all("SELECT * FROM deliveries"))
    told = await rig.database.read(lambda tx: events.at(tx, owed[0]["position"]))

    assert told is not None
    assert told.job.id == job.id
    assert await rig.database.read(lambda tx: jobs.by_id(tx, job.id))
    assert await rig.database.read(lambda tx: jobs.by_id(tx, other.id)) is None


async def test_the_log_is_cut_at_its_beginning_and_never_holed(rig: Rig) -> None:
    await finished(rig, 1, url=None)
    await finished(rig, 2, url=URL)
    await finished(rig, 3, url=None)
    before = await rig.database.read(lambda tx: [event.position for event in events.after(tx, 0, 100)])

    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    await keeper(rig).look()
    kept = await rig.database.read(lambda tx: [event.position for event in events.after(tx, 0, 100)])

    assert 0 < len(kept) < len(before)
    assert kept == before[-len(kept) :]


async def test_the_log_goes_on_counting_when_all_of_it_has_gone(rig: Rig) -> None:
    await finished(rig, 1, url=None)
    _, newest = await rig.database.read(events.ends)

    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    await keeper(rig).look()
    empty = await rig.database.read(events.ends)
    await finished(rig, 2, url=None)

    assert empty == (newest + 1, newest)
    assert (await rig.database.read(events.ends))[0] == newest + 1


async def test_more_than_goes_at_once_goes_in_one_pass(rig: Rig) -> None:
    for number in range(1, AT_ONCE * 2 + 2):
        await finished(rig, number)
    await delivered(rig)

    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    await keeper(rig).look()

    assert await rows(rig, "jobs") == await rows(rig, "events") == await rows(rig, "deliveries") == 0
    assert await rows(rig, "tombstones") == AT_ONCE * 2 + 1


async def test_where_nothing_is_old_nothing_is_written(rig: Rig) -> None:
    await finished(rig)
    counting = Counting(rig.database)

    await keeper(rig, counting).look()

    assert counting.writes == 0


async def test_short_lived_things_go_after_a_day(rig: Rig) -> None:
    await finished(rig)
    by_hand = rig.says(
        "(prompt: a dog)", after_s=0, interaction_id=snowflake_at(START_MS), interaction_user_id=USER
    )

    def keep(tx: Tx) -> None:
        messages.keep_stray(tx, rig.account.id, rig.says("whose?", after_s=0), rig.clock.now_ms())
        links.keep(tx, {"place": "https://cdn/cat.mp4?ex=655cb9ff"})
        pass_by(tx, rig.account.id, by_hand, read(by_hand, DEFAULT))

    await rig.database.write(keep)
    rig.clock.pass_s(DAY_S)
    await keeper(rig).look()
    short_lived = ("strays", "idempotency", "passing")
    a_day_later = [await rows(rig, table) for table in short_lived]
    rig.clock.pass_s(DAY_S * 8)
    await keeper(rig).look()

    assert a_day_later == [1, 1, 1]
    assert [await rows(rig, table) for table in (*short_lived, "links")] == [0, 0, 0, 0]
    assert await rows(rig, "jobs") == 1


@pytest.mark.parametrize("kind", [Kind.PASSING, Kind.RETIRED])
async def test_an_account_that_is_in_no_list_goes_with_its_last_job_and_so_does_its_token(
    rig: Rig, kind: Kind
) -> None:
    await finished(rig, url=None)
    await rig.database.write(lambda tx: _becomes(tx, rig, kind))

    rig.clock.pass_s(KEPT_DAYS * DAY_S)
    await keeper(rig).look()
    before = await rows(rig, "accounts")
    rig.clock.pass_s(1)
    await keeper(rig).look()

    assert (before, await rows(rig, "accounts")) == (1, 0)


async def test_an_account_of_a_list_and_one_that_runs_stay(rig: Rig) -> None:
    await rig.database.write(
        lambda tx: rig.accounts.insert(
            tx,
            tenant=TENANT,
            kind=Kind.PASSING,
            server=SERVER,
            channel=CHANNEL,
            max_jobs=1,
            token="MTExMTExMTExMTExMTExMTEx.second.token",
            now_ms=START_MS,
        )
    )

    rig.clock.pass_s(400 * DAY_S)
    await replace(keeper(rig), running=lambda: {1, 2}).look()

    assert await rows(rig, "accounts") == 2


async def test_an_unused_account_goes_however_many_run(rig: Rig) -> None:
    def many(tx: Tx) -> list[int]:
        kept = [
            rig.accounts.insert(
                tx,
                tenant=TENANT,
                kind=Kind.PASSING,
                server=SERVER,
                channel=str(number),
                max_jobs=1,
                token="MTExMTExMTExMTExMTExMTEx.second.token",
                now_ms=START_MS,
            )
            for number in range(AT_ONCE + 1)
        ]
        return [account.id for account in kept]

    *running, unused = await rig.database.write(many)

    rig.clock.pass_s(2 * DAY_S)
    await replace(keeper(rig), running=lambda: set(running)).look()
    left = await rig.database.read(lambda tx: [row["id"] for row in tx.all("SELECT id FROM accounts")])

    assert unused not in left
    assert {*left} == {rig.account.id, *running}


def _becomes(tx: Tx, rig: Rig, kind: Kind) -> None:
    account_rows.retire(tx, rig.account.id, START_MS)
    tx.run("UPDATE accounts SET kind = :kind", kind=kind)


async def test_a_death_after_any_transaction_leaves_nothing_wrong(rig: Rig) -> None:
    await finished(rig, 1)
    await finished(rig, 2, url=None, parent="job-1")
    await delivered(rig)
    await rig.database.write(lambda tx: _becomes(tx, rig, Kind.RETIRED))
    rig.clock.pass_s(KEPT_DAYS * 2 * DAY_S)

    broken: list[Any] = []
    passes = 0
    while await rows(rig, "accounts"):
        await keeper(rig, Counting(rig.database, at_most=1)).look()
        broken += await rig.database.read(lambda tx: [*tx.all("PRAGMA foreign_key_check")])
        passes += 1

    assert broken == []
    assert passes > 3
    assert await rows(rig, "jobs") == await rows(rig, "events") == await rows(rig, "interactions") == 0


async def test_a_job_that_is_wanted_again_between_look_and_cut_stays(rig: Rig) -> None:
    parent = await finished(rig, 1, url=None)
    rig.clock.pass_s(KEPT_DAYS * DAY_S + 1)
    found = await rig.database.read(lambda tx: retention.old_jobs(tx, rig.clock.now_ms() - 31 * DAY_MS, 9))
    pressed = replace(rig.new_job(2), parent=parent.id)

    async def press_first(body: Callable[[Tx], Any]) -> Any:
        await rig.database.write(lambda tx: jobs.by_id(tx, "job-2") or jobs.insert(tx, pressed))
        return await rig.database.write(body)

    await keeper(rig, Counting(rig.database, write=press_first)).look()

    assert found == [parent.id]
    assert await rig.database.read(lambda tx: jobs.by_id(tx, parent.id))


class Counting:
    """The database, which takes only so many writes: as if the process died then."""

    def __init__(self, database: Database, at_most: int = 1000, write: Any = None) -> None:
        self.read, self.query, self.write_by = database.read, database.query, write or database.write
        self.writes, self.at_most = 0, at_most

    async def write(self, body: Callable[[Tx], Any]) -> Any:
        if self.writes >= self.at_most:
            raise StoreUnavailable("dead")
        self.writes += 1
        return await self.write_by(body)


async def token_ids(rig: Rig, tenant: str = TENANT) -> list[str]:
    return [token.id for token in await rig.database.read(lambda tx: api_tokens.of_tenant(tx, tenant))]


async def test_a_token_is_listed_for_as_long_after_its_end_as_a_job(rig: Rig) -> None:
    end_ms = rig.clock.now_ms()

    def make(tx: Tx) -> list[str]:
        revoked = a_token(tx, "revoked")
        made = [revoked, a_token(tx, "expires", expires_ms=end_ms), a_token(tx, "active")]
        api_tokens.revoke(tx, revoked.id, Revoker.COMMAND, end_ms)
        return [token.id for token in made]

    made = await rig.database.write(make)
    rig.clock.pass_s(KEPT_DAYS * DAY_S)
    await keeper(rig).look()
    before = await token_ids(rig)
    rig.clock.pass_s(0.001)
    await keeper(rig).look()

    assert before == made
    assert await token_ids(rig) == made[2:]


async def test_the_newest_token_of_a_tenant_is_kept_so_that_the_tenant_can_be_listed_and_removed(
    rig: Rig,
) -> None:
    end_ms = rig.clock.now_ms()
    older, newest = await rig.database.write(
        lambda tx: [a_token(tx, text, tenant="acme", expires_ms=end_ms).id for text in ("older", "newest")]
    )

    rig.clock.pass_s(2 * KEPT_DAYS * DAY_S)
    await keeper(rig).look()

    assert older != newest
    assert await token_ids(rig, "acme") == [newest]


async def test_what_the_setting_names_is_kept_so_that_a_start_does_not_take_it_for_new(rig: Rig) -> None:
    """A start would let a new one in with all scopes, whatever those of the forgotten one were."""
    end_ms = rig.clock.now_ms()

    def make(tx: Tx) -> str:
        named = a_token(tx, "named", tenant="acme", scopes=frozenset(), expires_ms=end_ms)
        a_token(tx, "newer", tenant="acme")
        return named.id

    named = await rig.database.write(make)
    rig.clock.pass_s(2 * KEPT_DAYS * DAY_S)
    await replace(keeper(rig), setting=digest("named")).look()
    told = await rig.database.write(lambda tx: with_setting(tx, "named", "an id", rig.clock.now_ms()))

    assert told.closed == named
    assert told.added is None


@pytest.mark.parametrize("revoker", list(Revoker))
async def test_what_a_setting_or_a_first_start_has_brought_is_never_forgotten(
    rig: Rig, revoker: Revoker
) -> None:
    """A revoked value of the setting must stay closed if it comes back."""
    now_ms = rig.clock.now_ms()

    def make(tx: Tx) -> list[str]:
        for origin in (Origin.SETTING, Origin.FIRST_START):
            api_tokens.insert(tx, full_token(origin, origin, now_ms), digest(origin))
            api_tokens.revoke(tx, origin, revoker, now_ms)
        return [Origin.SETTING, Origin.FIRST_START, a_token(tx, "newer").id]

    made = await rig.database.write(make)
    rig.clock.pass_s(2 * KEPT_DAYS * DAY_S)
    await keeper(rig).look()

    assert await token_ids(rig) == made
