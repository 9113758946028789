"""Before its POST a job is prepared: an upload takes its time, may be broken off, and holds up nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Standing
from bridge.chat import File, Interaction, Listening, ModalOffered, SlashCommand, snowflake_at
from bridge.flows.end.cancel import Cancel
from bridge.flows.hear.intake import Intake
from bridge.flows.send.dispatch import Pause
from bridge.flows.send.next_job import Turn
from bridge.flows.send.prepare import MOST_UPLOADS, Obstacle, Obstacles
from bridge.jobs.command import Upload, Verb
from bridge.jobs.job import Job, State
from bridge.running.account import RunningAccount
from bridge.sessions.port import NotSent, Rejected
from bridge.store.database import Database, Tx
from bridge.store.rows import accounts, jobs
from tests.flows.conftest import (
    BOT,
    CHANNEL,
    SERVER,
    TENANT,
    TOKEN,
    USER,
    FakeSession,
    Passes,
    Rig,
    condition,
    dispatching,
)
from tests.tools.hand_clock import START_MS
from tests.tools.running_account import a_lease, shared_by

Value = TypeVar("Value")
UPLOAD_S: Final = 10.0
PICTURE: Final = Upload(3, "image/png", "key", "hash")
STALE: Final = Rejected(400, "version", is_stale=True)


@dataclass
class Counted:
    """The database; counts the writes."""

    real: Database
    writes: int = 0

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        self.writes += 1
        return await self.real.write(body)


@dataclass
class HeldMeanwhile:
    """The database; the person is asked for silence between the look at what is next and its claim."""

    rig: Rig

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        found = await self.rig.database.read(body)
        if isinstance(found, Turn) and (found.post or found.first):
            await hold_person(self.rig)
        return found

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.rig.database.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        return await self.rig.database.write(body)


@dataclass
class Uploading:
    """Lets the upload of a picture take its time, and knows how many are under way."""

    rig: Rig
    begun: int = 0
    now: int = 0
    most: int = 0
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, interaction: Interaction) -> None:
        if not _has_picture(interaction):
            return
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        self.has_begun.set()
        try:
            await self.rig.clock.sleep(UPLOAD_S)
        finally:
            self.now -= 1


@pytest.fixture
def upload(rig: Rig) -> Uploading:
    uploading = Uploading(rig)
    rig.session.while_preparing = uploading
    return uploading


@pytest.fixture
async def dispatch(rig: Rig, tmp_path: Path) -> AsyncIterator[Passes]:
    async with dispatching(rig, tmp_path) as dispatch:
        yield dispatch


async def animation(rig: Rig, number: int, prompt: str = "a cat", **fields: object) -> Job:
    """Keep a job that waits, with a picture."""
    job = rig.new_job(number, prompt, **{"verb": Verb.ANIMATE, "style": None, "image": PICTURE, **fields})
    return await rig.database.write(lambda tx: jobs.insert(tx, job))


async def states(rig: Rig, *numbers: int) -> list[State]:
    return [(await rig.job(number)).state for number in numbers]


async def passed(rig: Rig, passing: "asyncio.Future[Pause | None]") -> Pause | None:
    """Let time pass until a pass is over that waits for an upload."""
    async with asyncio.timeout(30):
        while not passing.done():
            await asyncio.wait({passing}, timeout=0.02)
            rig.clock.pass_s(0 if passing.done() else 1)
    return await passing


async def test_nothing_is_claimed_before_the_upload_is_over(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    await animation(rig, 1)
    passing = asyncio.ensure_future(dispatch.next())
    await upload.has_begun.wait()
    before = await rig.posts(), await states(rig, 1)

    await passed(rig, passing)

    assert before == ([], [State.WAITING])
    assert await states(rig, 1) == [State.SENT]
    assert [post["sent_ms"] >= START_MS + UPLOAD_S * 1000 for post in await rig.posts()] == [True]


async def test_a_stop_during_an_upload_loses_nothing_and_the_next_start_posts_once(
    rig: Rig, tmp_path: Path, upload: Uploading
) -> None:
    await animation(rig, 1)
    stopped = asyncio.create_task(an_account(rig, tmp_path).run())
    await upload.has_begun.wait()
    stopped.cancel()
    await asyncio.wait({stopped}, timeout=30)
    after_the_stop = await states(rig, 1), await rig.posts(), upload.now

    rig.session.while_preparing = None
    started = asyncio.create_task(an_account(rig, tmp_path).run())
    await rig.session.is_posting.wait()
    started.cancel()
    await asyncio.wait({started}, timeout=30)

    assert after_the_stop == ([State.WAITING], [], 0)
    assert await states(rig, 1) == [State.SENT]
    assert len(rig.session.sent) == 1


def an_account(rig: Rig, tmp_path: Path) -> RunningAccount:
    rig.session.said = []
    return RunningAccount(rig.account, _Quiet(rig.session), a_lease(rig.database), shared_by(rig, tmp_path))


class _Quiet(FakeSession):
    """The same session, which says nothing until it is closed."""

    def __init__(self, session: FakeSession) -> None:
        self.__dict__ = session.__dict__

    async def heard(self) -> AsyncIterator[Listening]:
        await asyncio.Event().wait()
        yield Listening(False, USER)

    async def changed(self) -> None:
        await asyncio.Event().wait()


async def test_a_gateway_that_is_cut_during_an_upload_makes_the_post_wait_and_nothing_else(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    await animation(rig, 1)
    passing = asyncio.ensure_future(dispatch.next())
    await upload.has_begun.wait()
    rig.session.condition = condition(Standing.RECONNECTING)
    rig.notifier.notify(f"account:{rig.account.id}")
    assert isinstance(await passed(rig, passing), Pause)
    while_away = await rig.posts(), await states(rig, 1)

    rig.session.condition = condition(Standing.CONNECTED)
    rig.clock.pass_s(UPLOAD_S)
    await passed(rig, asyncio.ensure_future(dispatch.next()))

    assert while_away == ([], [State.WAITING])
    assert (await states(rig, 1), upload.begun) == ([State.SENT], 1)


async def test_jobs_behind_an_upload_do_not_wait_for_it(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    await animation(rig, 1)
    await rig.waiting(2, "a dog")
    await rig.waiting(3, "a horse")

    await dispatch.next()
    await dispatch.next()
    before = await states(rig, 1, 2, 3), upload.now
    await passed(rig, asyncio.ensure_future(dispatch.next()))

    assert before == ([State.WAITING, State.SENT, State.SENT], 1)
    assert [prompt_of(interaction) for interaction, _ in rig.session.sent] == ["a dog", "a horse", "a cat"]


async def test_a_modal_behind_an_upload_does_not_wait_for_it(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    await animation(rig, 1)
    await rig.sent(2, "a dog")
    passing = asyncio.ensure_future(dispatch.next())
    await upload.has_begun.wait()

    modal = ModalOffered(snowflake_at(START_MS), "nonce-2", CHANNEL, BOT, "modal-2", "Again", ())
    await Intake(rig.context).take(modal, rig.now())
    await passing

    assert [type(interaction).__name__ for interaction, _ in rig.session.sent] == ["ModalSubmit"]
    assert (await states(rig, 1), upload.now) == ([State.WAITING], 1)


async def test_a_look_alike_waits_for_one_that_is_being_uploaded(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    faces: dict[str, Any] = {"verb": Verb.MEME_FACE, "image": None, "face": PICTURE}
    await animation(rig, 1, **faces, negative_prompt="dogs")
    await animation(rig, 2, **faces, negative_prompt="birds")

    await passed(rig, asyncio.ensure_future(dispatch.next()))
    pause = await dispatch.next()

    assert isinstance(pause, Pause)
    assert (await states(rig, 1, 2), upload.begun) == ([State.SENT, State.WAITING], 1)


async def test_no_more_pictures_are_uploaded_at_once_than_may_be_and_all_are_in_the_end(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    prompts = ["a cat", "a dog", "a horse", "a bird", "a fish"]
    for number, prompt in enumerate(prompts, 1):
        await animation(rig, number, prompt)

    for _ in prompts:
        await passed(rig, asyncio.ensure_future(dispatch.next()))

    assert [prompt_of(interaction) for interaction, _ in rig.session.sent] == prompts
    assert upload.most == MOST_UPLOADS


async def test_what_was_prepared_too_long_ago_is_prepared_anew(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    await animation(rig, 1)
    now_ms = rig.clock.now_ms()
    passing = asyncio.ensure_future(dispatch.next())
    await upload.has_begun.wait()
    await rig.database.write(lambda tx: accounts.hold(tx, rig.account.id, now_ms, now_ms + 60_000))
    pause = await passed(rig, passing)

    rig.session.is_stale = True
    rig.clock.pass_s(60)
    await passed(rig, asyncio.ensure_future(dispatch.next()))

    assert isinstance(pause, Pause)
    assert (await states(rig, 1), upload.begun) == ([State.SENT], 2)


async def test_a_post_that_never_left_is_made_again_without_a_second_upload(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    await animation(rig, 1)
    rig.session.answers = [NotSent("no connection to Discord")]

    await passed(rig, asyncio.ensure_future(dispatch.next()))
    rig.clock.pass_s(2)
    await dispatch.next()

    assert (await states(rig, 1), upload.begun, len(rig.session.sent)) == ([State.SENT], 1, 2)


async def test_an_upload_for_a_job_that_is_cancelled_is_broken_off(
    rig: Rig, dispatch: Passes, upload: Uploading
) -> None:
    await animation(rig, 1)
    passing = asyncio.ensure_future(dispatch.next())
    await upload.has_begun.wait()

    await Cancel(rig.database, rig.notifier, rig.now).run(TENANT, "job-1")
    async with asyncio.timeout(30):
        pause = await passing

    assert isinstance(pause, Pause)
    assert (upload.now, rig.session.sent) == (0, [])


async def test_a_hold_that_begins_while_a_job_is_prepared_is_kept_and_not_ended_by_it(
    rig: Rig, tmp_path: Path, upload: Uploading
) -> None:
    """Two channels of one person: what one is told while the other uploads is for both."""
    other = await another_channel(rig)
    await rig.database.write(
        lambda tx: jobs.insert(tx, replace(rig.new_job(1), account=other.id, channel=other.channel))
    )
    rig.session.while_preparing = lambda _: hold_person(rig)

    async with dispatching(rig, tmp_path, account=other) as dispatch:
        await dispatch.next()
        pause = await dispatch.next()

    assert (rig.session.sent, await rig.posts(), pause) == ([], [], Pause(30.0))
    assert await held_s(rig, other.id) == 60


async def test_a_hold_that_begins_between_the_look_and_the_claim_is_kept(rig: Rig, tmp_path: Path) -> None:
    await rig.waiting(1)

    async with dispatching(rig, tmp_path, database=HeldMeanwhile(rig)) as dispatch:
        await dispatch.next()
        pause = await dispatch.next()

    assert (rig.session.sent, await rig.posts(), pause) == ([], [], Pause(30.0))
    assert await held_s(rig, rig.account.id) == 60


async def test_silence_that_any_request_was_asked_for_keeps_posts_and_preparations_back(
    rig: Rig, dispatch: Passes
) -> None:
    other = await another_channel(rig)
    await rig.waiting(1)
    rig.session.held_until_monotonic_ms = rig.clock.monotonic_ms() + 20_000

    pause = await dispatch.next()
    before = rig.session.prepared[:], await held_s(rig, rig.account.id), await held_s(rig, other.id)
    rig.clock.pass_s(20)
    await dispatch.next()

    assert (pause, before) == (Pause(20.0), ([], 20, 20))
    assert await states(rig, 1) == [State.SENT]


async def test_looking_for_something_to_send_writes_nothing(rig: Rig, tmp_path: Path) -> None:
    counted = Counted(rig.database)
    await rig.sent(1)

    async with dispatching(rig, tmp_path, database=counted) as dispatch:
        await dispatch.next()
        await rig.waiting(2, negative_prompt="dogs")
        await dispatch.next()

    assert counted.writes == 0


async def test_an_outdated_command_is_prepared_anew_before_it_is_posted_again(
    rig: Rig, dispatch: Passes
) -> None:
    async def change(*_: object) -> None:
        rig.session.is_stale, rig.session.while_sending = True, None

    await rig.waiting(1)
    rig.session.answers, rig.session.while_sending = [STALE], change

    await dispatch.next()
    await dispatch.next()

    assert await states(rig, 1) == [State.SENT]
    assert (len(rig.session.prepared), len(rig.session.sent)) == (2, 2)


def test_obstacles_of_jobs_that_wait_no_more_are_forgotten() -> None:
    obstacles = Obstacles()
    for number in range(100):
        obstacles.met(f"job-{number}", Obstacle("REST answers 500"), 0)

    obstacles.keep_only({"job-7"})

    assert set(obstacles.left_ms(0)) == {"job-7"}


async def another_channel(rig: Rig) -> Account:
    return await rig.database.write(
        lambda tx: rig.accounts.insert(
            tx,
            tenant=TENANT,
            kind=Kind.PASSING,
            server=SERVER,
            channel="1168473004498501999",
            max_jobs=2,
            token=TOKEN,
            now_ms=1,
        )
    )


async def hold_person(rig: Rig) -> None:
    """Keep what a global 429 to another channel's POST has asked for."""
    now_ms = rig.clock.now_ms()
    await rig.database.write(lambda tx: accounts.hold_person(tx, rig.account.id, now_ms, now_ms + 60_000))


async def held_s(rig: Rig, account: int) -> float:
    now_ms = rig.clock.now_ms()
    until_ms = await rig.database.read(lambda tx: accounts.held_until_ms(tx, account, now_ms))
    return (until_ms - now_ms) / 1000


def prompt_of(interaction: Interaction) -> object:
    return interaction.options["prompt"] if isinstance(interaction, SlashCommand) else None


def _has_picture(interaction: Interaction) -> bool:
    return isinstance(interaction, SlashCommand) and any(
        isinstance(value, File) for value in interaction.options.values()
    )
