"""What a job's timeline and the counts are read from: every row of the job, and no other."""

from dataclasses import replace

import pytest

from bridge.accounts.account import Account, Kind
from bridge.chat import Message
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import State
from bridge.jobs.verdict import Rule
from bridge.store.database import Database, Tx
from bridge.store.rows import events, interactions, jobs, messages, retention, statistics, timeline
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.statistics import EndedJob
from bridge.store.rows.timeline import SentInteraction, TimedMessage
from tests.tools.jobs import HALF_WAY, NOW_MS, START, VIDEO, new_job
from tests.tools.rows import TENANT, an_account

MINUTE_MS = 60_000


@pytest.mark.usefixtures("account")
async def test_a_jobs_events_are_found_and_no_others(database: Database) -> None:
    def keep(tx: Tx) -> list[int]:
        mine, other = jobs.insert(tx, new_job(1)), jobs.insert(tx, new_job(2))
        positions = []
        for state, said in ((State.STARTED, START), (State.PROGRESS, HALF_WAY), (State.COMPLETED, VIDEO)):
            mine = jobs.save(tx, replace(mine, state=state, said=said))
            positions.append(events.append(tx, mine))
            events.append(tx, other)
        return positions

    positions = await database.write(keep)

    found = await database.read(lambda tx: timeline.events_of(tx, "job-1"))
    assert [event.position for event in found] == positions
    assert [event.job.state for event in found] == [State.STARTED, State.PROGRESS, State.COMPLETED]


@pytest.mark.usefixtures("account")
async def test_a_deleted_event_leaves_nothing_behind(database: Database) -> None:
    positions = await database.write(
        lambda tx: [events.append(tx, jobs.insert(tx, new_job(number))) for number in (1, 2)]
    )

    await database.write(lambda tx: retention.delete_event(tx, positions[0]))

    rows = await database.read(lambda tx: tx.all("SELECT job, position FROM job_events"))
    assert [(row["job"], row["position"]) for row in rows] == [("job-2", positions[1])]
    assert await database.read(lambda tx: timeline.events_of(tx, "job-1")) == []


@pytest.mark.parametrize("snapshot", ["{", "[]", "{}", '{"id":null}'])
async def test_a_damaged_event_is_kept_and_deleted_as_any_other(database: Database, snapshot: str) -> None:
    insert = "INSERT INTO events (tenant, at_ms, snapshot) VALUES ('default', 0, :snapshot)"
    await database.write(lambda tx: tx.run(insert, snapshot=snapshot))

    [row] = await database.read(lambda tx: tx.all("SELECT position FROM events"))
    await database.write(lambda tx: events.delete(tx, row["position"]))

    assert await database.read(lambda tx: tx.all("SELECT * FROM events")) == []


async def test_interactions_messages_and_children_are_those_of_the_job(
    database: Database, account: Account
) -> None:
    def keep(tx: Tx) -> None:
        for number in (1, 2):
            jobs.insert(tx, new_job(number))
        child = replace(new_job(3), parent="job-1")
        jobs.insert(tx, replace(child, command=Command(Verb.BUTTON, child.command.values, button="U1")))
        jobs.insert(tx, replace(new_job(4), parent="job-1", tenant="other"))
        for nonce, job, now_ms in (
            ("a", "job-1", NOW_MS),
            ("b", "job-2", NOW_MS),
            ("c", "job-1", NOW_MS + 9),
        ):
            interactions.begin(
                tx, nonce=nonce, job=job, account=account.id, kind="run", sender=None, now_ms=now_ms
            )
            if nonce == "a":
                interactions.void(tx, nonce, "notsent", now_ms + 5)
        said = Message(id="1000", channel="1", author_id="2")
        messages.bind(tx, account.id, said, "job-1", Rule.NONCE, NOW_MS + 20)

    await database.write(keep)

    assert await database.read(lambda tx: timeline.interactions_of(tx, "job-1")) == [
        SentInteraction("run", NOW_MS, NOW_MS + 5, None, "notsent", is_void=True),
        SentInteraction("run", NOW_MS + 9, None, None, None, is_void=False),
    ]
    assert await database.read(lambda tx: timeline.messages_of(tx, "job-1")) == [
        TimedMessage("1000", "nonce", has_files=False, at_ms=NOW_MS + 20)
    ]
    children = await database.read(lambda tx: timeline.children_of(tx, TENANT, "job-1"))
    assert [child.id for child in children] == ["job-3"]


async def test_jobs_are_counted_by_status_of_one_tenant(
    database: Database, account: Account, accounts: Accounts
) -> None:
    def keep(tx: Tx) -> None:
        retired = an_account(tx, accounts, "1168473004498501653", "another.token.x", Kind.RETIRED)
        other = an_account(tx, accounts, "1168473004498501654", "yet.another.token", tenant="other")
        ended = [(State.COMPLETED, 5), (State.GIVEN_UP, 5), (State.FAILED, 5), (State.COMPLETED, 1_500)]
        for number, (state, minutes) in enumerate(ended, 1):
            job = replace(new_job(number), state=state, ended_ms=NOW_MS - minutes * MINUTE_MS)
            jobs.insert(tx, replace(job, account=retired.id if number == 2 else account.id))
        jobs.insert(tx, replace(new_job(5), state=State.SENT))
        jobs.insert(tx, replace(new_job(6), state=State.PROGRESS))
        theirs = replace(new_job(7), tenant="other", account=other.id)
        jobs.insert(tx, theirs)
        jobs.insert(tx, replace(theirs, id="job-8", state=State.COMPLETED, ended_ms=NOW_MS))

    await database.write(keep)

    since_ms = NOW_MS - 1_440 * MINUTE_MS
    assert await database.read(lambda tx: statistics.open_by_status(tx, TENANT)) == {
        "created": 1,
        "progress": 1,
    }
    assert await database.read(lambda tx: statistics.ended_by_status(tx, TENANT, since_ms)) == {
        "completed": 1,
        "failed": 2,
    }


async def test_the_wait_of_an_ended_job_is_that_until_its_command_was_sent(
    database: Database, account: Account
) -> None:
    def keep(tx: Tx) -> None:
        for number in (1, 2):
            job = replace(new_job(number), state=State.COMPLETED, ended_ms=NOW_MS + number * MINUTE_MS)
            jobs.insert(tx, replace(job, channel=account.channel))
        for nonce, sent_ms in (("a", NOW_MS + 1), ("b", NOW_MS + 7_000)):
            interactions.begin(
                tx, nonce=nonce, job="job-1", account=account.id, kind="run", sender=None, now_ms=sent_ms
            )
            if nonce == "a":
                interactions.void(tx, nonce, "notsent", sent_ms)

    await database.write(keep)

    found = await database.read(lambda tx: statistics.ended_in_channel(tx, TENANT, account.channel, NOW_MS))
    assert found == [
        EndedJob(NOW_MS + 2 * MINUTE_MS, "completed", None),
        EndedJob(NOW_MS + MINUTE_MS, "completed", 7_000),
    ]
    assert not await database.read(lambda tx: statistics.ended_in_channel(tx, "other", account.channel, 0))
