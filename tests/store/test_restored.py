"""After a restore, what waited may have been sent, and videos of the unknown time may be unknown jobs."""

from dataclasses import replace
from typing import Final

from bridge.chat import Attachment, Message, snowflake_at
from bridge.flows.hear.candidates import candidates
from bridge.flows.restored import settle_restored
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import State
from bridge.store.database import Database, Tx
from bridge.store.rows import events, interactions, jobs, restored
from bridge.store.rows.accounts import Accounts
from tests.tools.jobs import NOW_MS, new_job
from tests.tools.rows import TOKEN, a_job, an_account
from tests.tools.vaults import a_vault

TAKEN_MS = NOW_MS + 60_000
LATER_MS = NOW_MS + 3_600_000
MINUTE_MS = 60_000
ME: Final = "1" * 18
PROMPT_BUTTONS: Final = frozenset({"V1"})


def a_restored_database(tx: Tx) -> None:
    """Keep a job that waited in the backup, and the mark."""
    events.begin(tx, NOW_MS)
    an_account(tx, Accounts(a_vault()), token=TOKEN)
    events.append(tx, a_job(tx))
    restored.mark(tx, TAKEN_MS)


def settle(tx: Tx) -> int | None:
    done = settle_restored(tx, Accounts(a_vault()), PROMPT_BUTTONS, LATER_MS)
    return None if done is None else done.doubtful


def a_press(tx: Tx, button: str) -> None:
    """Keep a job that has pressed a button, and of which nothing was heard when the backup was made."""
    command = Command(verb=Verb.BUTTON, prompt="a dog", button=button)
    job = jobs.insert(
        tx, replace(new_job(2), command=command, state=State.SENT, is_owed=True, parent="job-1")
    )
    interactions.begin(
        tx, nonce="press", job=job.id, account=1, kind="run", sender=ME, now_ms=TAKEN_MS - 1_000
    )
    interactions.answered(tx, "press", "taken", TAKEN_MS - 500)
    interactions.created(tx, "press", snowflake_at(TAKEN_MS - 600))


def a_video(said_ms: int) -> Message:
    film = Attachment("9", "cat.mp4", "https://cdn/cat.mp4", 7_204_115, content_type="video/mp4")
    return Message(snowflake_at(said_ms), "1168473004498501652", author_id="3", attachments=(film,))


async def test_what_waited_may_have_been_sent_at_any_time_since(database: Database) -> None:
    await database.write(a_restored_database)

    done = await database.write(settle)

    job = await database.read(lambda tx: jobs.by_id(tx, "job-1"))
    [post] = await database.read(lambda tx: interactions.of_job(tx, "job-1"))
    assert done == 1
    assert job is not None
    assert (job.state, job.is_owed) == (State.SENDING, True)
    assert post.window == (TAKEN_MS, LATER_MS)
    assert (post.answer, post.sender) == ("unknown", ME)
    assert await database.write(settle) is None


async def test_a_modal_that_was_not_there_yet_may_have_been_submitted_since(database: Database) -> None:
    await database.write(a_restored_database)
    await database.write(lambda tx: a_press(tx, "V1"))

    done = await database.write(settle)

    posts = {post.nonce: post for post in await database.read(lambda tx: interactions.of_job(tx, "job-2"))}
    [submit] = [post for nonce, post in posts.items() if nonce != "press"]
    assert done == 2
    assert (submit.window, submit.answer, submit.sender) == ((TAKEN_MS, LATER_MS), "unknown", ME)


async def test_a_button_that_opens_no_modal_is_waited_for_as_after_a_crash(database: Database) -> None:
    await database.write(a_restored_database)
    await database.write(lambda tx: a_press(tx, "U1"))

    done = await database.write(settle)

    assert done == 1
    assert len(await database.read(lambda tx: interactions.of_job(tx, "job-2"))) == 1


async def test_the_log_goes_on_after_all_that_was_given_to_readers(database: Database) -> None:
    await database.write(a_restored_database)

    await database.write(settle)

    oldest, newest = await database.read(lambda tx: events.ends_of(tx, "default"))
    job = await database.read(lambda tx: jobs.by_id(tx, "job-1"))
    assert job is not None
    assert await database.write(lambda tx: events.append(tx, job)) > newest >= LATER_MS
    assert oldest == newest + 1


async def test_a_video_of_the_unknown_time_may_be_that_of_an_unknown_job(database: Database) -> None:
    await database.write(a_restored_database)
    await database.write(settle)

    def has_rivals(said_ms: int) -> bool:
        return all(one.has_unknown_rivals for one in found[said_ms])

    moments = (NOW_MS, TAKEN_MS + MINUTE_MS, LATER_MS + MINUTE_MS, LATER_MS + 31 * MINUTE_MS)
    found = await database.read(
        lambda tx: {said_ms: candidates(tx, 1, a_video(said_ms)) for said_ms in moments}
    )

    assert all(found.values())
    assert [has_rivals(said_ms) for said_ms in moments] == [False, True, True, False]


async def test_a_second_restore_within_a_day_makes_one_unknown_time(database: Database) -> None:
    await database.write(lambda tx: restored.keep_unknown_time(tx, 1_000, 2_000))
    await database.write(lambda tx: restored.keep_unknown_time(tx, 3_000, 4_000))
    near = await database.read(restored.unknown_time)
    await database.write(lambda tx: restored.keep_unknown_time(tx, 100_000_000, 100_001_000))

    assert near == (1_000, 4_000)
    assert await database.read(restored.unknown_time) == (100_000_000, 100_001_000)
