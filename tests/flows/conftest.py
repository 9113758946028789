"""An account with a store, a clock in the test's hand, and a session that answers as it is told.

The session is made by hand: the port's other implementation needs a server, as acceptance tests have it.
"""

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from structlog.types import EventDict

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition, Standing
from bridge.chat import (
    Attachment,
    Channel,
    GatewaySession,
    Heard,
    Interaction,
    Message,
    SlashCommand,
    snowflake_at,
)
from bridge.flows.context import AccountContext
from bridge.flows.send.answers import apply_answer
from bridge.flows.send.dispatch import Dispatch, Pause
from bridge.flows.send.next_job import SenderState, WaitReason, in_sending_order, queue_of
from bridge.flows.send.posting import Posting
from bridge.flows.send.prepare import Preparations, Prepare
from bridge.flows.step import Now, take_step
from bridge.flows.timing import STANDARD, Timing
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job
from bridge.jobs.signals import Acknowledged, Claimed, Signal
from bridge.notifier import LocalNotifier
from bridge.pixverse.echo import expected
from bridge.pixverse.profile import DEFAULT
from bridge.pixverse.wording import fingerprint
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared, Sent, Taken
from bridge.store.database import Database, Row, Tx
from bridge.store.files.uploads import uploads_in
from bridge.store.rows import interactions, jobs
from bridge.store.rows.accounts import Accounts
from tests.tools.databases import ENGINES, opened
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.vaults import a_vault

ON_BOTH_ENGINES: Final = {
    "test_claims",
    "test_configure",
    "test_dispatch",
    "test_guard_rails",
    "test_modals",
    "test_queue",
    "test_submit",
    "test_two_processes",
    "test_whose_video",
}
TENANT: Final = "default"
SERVER: Final = "1140860020586713128"
CHANNEL: Final = "1168473004498501652"
USER: Final = "111111111111111111"
BOT: Final = "333333333333333333"
TOKEN: Final = "MTExMTExMTExMTExMTExMTEx.first.token"
FILM: Final = Attachment("9", "cat.mp4", "https://cdn/cat.mp4", 7_204_115, content_type="video/mp4")
Hook = Callable[[Interaction, str], object]
PrepareHook = Callable[[Interaction], object]


def condition(standing: Standing, reason: str | None = None) -> Condition:
    return Condition(standing, START_MS, reason)


@dataclass
class FakeSession:
    """Implements the session's port; what it is asked to prepare and to post it remembers."""

    answers: list[Sent] = field(default_factory=list)
    obstacles: list[NotSent] = field(default_factory=list)
    channel: Channel = field(default_factory=lambda: Channel(SERVER, CHANNEL))
    condition: Condition = field(default_factory=lambda: condition(Standing.CONNECTED))
    user_id: str | None = USER
    token: str | None = TOKEN
    sent: list[tuple[Interaction, str]] = field(default_factory=list)
    limits_s: list[float] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    is_mute: bool = False
    while_sending: Hook | None = None
    while_preparing: PrepareHook | None = None
    prepared: list[Interaction] = field(default_factory=list)
    next_try_ms: int | None = None
    held_until_monotonic_ms: int = 0
    most_file_bytes: int | None = None
    is_stale: bool = False
    is_posting: asyncio.Event = field(default_factory=asyncio.Event)

    async def heard(self) -> AsyncIterator[Heard]:
        for message in self.said:
            yield message

    async def changed(self) -> None:
        await asyncio.sleep(0)

    async def prepare(self, interaction: Interaction) -> Prepared | NotSent:
        self.prepared.append(interaction)
        self.is_stale = False
        if self.while_preparing is not None:
            await self.while_preparing(interaction)  # type: ignore[misc]
        return self.obstacles.pop(0) if self.obstacles else Prepared(interaction, 0)

    def is_current(self, prepared: Prepared) -> bool:
        return not self.is_stale

    async def post(self, prepared: Prepared, nonce: str, *, leave_within_s: float = math.inf) -> Sent:
        self.sent.append((prepared.interaction, nonce))
        self.limits_s.append(leave_within_s)
        self.is_posting.set()
        if self.while_sending is not None:
            await self.while_sending(prepared.interaction, nonce)  # type: ignore[misc]
        return self.answers.pop(0) if self.answers else Taken()

    async def history(self, after: str, at_most: int) -> Sequence[Message]:
        self.asked.append(after)
        if self.is_mute:
            raise HistoryUnavailable("Discord does not answer", 500)
        return [message for message in self.said if int(message.id) > int(after)][:at_most]

    async def message(self, message_id: str) -> Message | None:
        return next((message for message in self.said if message.id == message_id), None)

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        return {url: url for url in urls}

    def resumable(self) -> GatewaySession | None:
        return None

    async def hand_over(self) -> GatewaySession | None:
        return None

    async def aclose(self) -> None: ...


@dataclass
class Rig:
    """What every flow is built from."""

    database: Database
    clock: HandClock
    notifier: LocalNotifier
    accounts: Accounts
    account: Account
    session: FakeSession
    listened_ms: int = 0

    @property
    def context(self) -> AccountContext:
        """What everything that works for the account gets; the listening time is the rig's."""
        return AccountContext(
            account=self.account,
            session=self.session,
            database=self.database,
            unfenced=self.database,
            notifier=self.notifier,
            clock=self.clock,
            profile=DEFAULT,
            timing=STANDARD,
            listened_ms=lambda: self.listened_ms,
            lease_left_s=lambda: math.inf,
        )

    def now(self) -> Now:
        return Now(self.clock.now_ms(), self.listened_ms)

    async def waiting(self, number: int = 1, prompt: str = "a cat", **fields: str) -> Job:
        """Keep a job that waits to be sent."""
        return await self.database.write(lambda tx: jobs.insert(tx, self.new_job(number, prompt, **fields)))

    async def sent(self, number: int = 1, prompt: str = "a cat", **fields: str) -> Job:
        """Keep a job that was sent with the nonce of its number."""
        job = self.new_job(number, prompt, **fields)

        def body(tx: Tx) -> Job:
            kept = jobs.insert(tx, job)
            begin(tx, kept, f"nonce-{number}", self.clock.now_ms())
            return stepped(tx, stepped(tx, kept, Claimed(), self.now()), Acknowledged(), self.now())

        return await self.database.write(body)

    async def sending(self, number: int = 1, prompt: str = "a cat", **fields: object) -> Job:
        """Keep a job whose POST has begun and of which nothing is known."""
        job = self.new_job(number, prompt, **fields)

        def body(tx: Tx) -> Job:
            kept = jobs.insert(tx, job)
            begin(tx, kept, f"nonce-{number}", self.clock.now_ms())
            return stepped(tx, kept, Claimed(), self.now())

        return await self.database.write(body)

    async def taken(self, number: int) -> None:
        """Let Discord's answer to a POST be that it was taken."""
        now = self.now()
        await self.database.write(
            lambda tx: apply_answer(tx, f"job-{number}", f"nonce-{number}", Taken(), None, now)
        )

    async def claim(self, number: int) -> None:
        """Begin the POST of a job that waits."""
        job = await self.job(number)

        def body(tx: Tx) -> None:
            begin(tx, job, f"nonce-{number}", self.clock.now_ms())
            take_step(tx, job, Claimed(), self.now())

        await self.database.write(body)

    def new_job(self, number: int, prompt: str = "a cat", **fields: object) -> Job:
        command = replace(Command(verb=Verb.CREATE, prompt=prompt, style="Realistic"), **fields)  # type: ignore[arg-type]
        now_ms = self.clock.now_ms()
        return Job(
            id=f"job-{number}",
            tenant=TENANT,
            account=self.account.id,
            server=SERVER,
            channel=self.account.channel,
            discord=self.account.mask,
            command=command,
            created_ms=now_ms,
            updated_ms=now_ms,
            heard_ms=now_ms,
            fingerprint=fingerprint(command, None),
            echo=expected(command, DEFAULT),
        )

    async def job(self, number: int = 1) -> Job:
        found = await self.database.read(lambda tx: jobs.by_id(tx, f"job-{number}"))
        assert found is not None
        return found

    async def next_waiting(self) -> Job | None:
        """Return the job that is to be sent next, whatever its preparation takes."""

        def body(tx: Tx) -> Job | None:
            return next(iter(like_none_before(tx, self.account.id, self.clock.now_ms())), None)

        return await self.database.read(body)

    async def posts(self) -> Sequence[Row]:
        return await self.database.read(
            lambda tx: tx.all("SELECT * FROM interactions ORDER BY sent_ms, nonce")
        )

    def says(self, content: str | None, *files: Attachment, after_s: float = 2, **fields: object) -> Message:
        """Return a message of the bot, said so long after the start."""
        message = Message(
            snowflake_at(START_MS + round(after_s * 1000)),
            CHANNEL,
            author_id=BOT,
            author_is_bot=True,
            content=content,
            attachments=files or None,
        )
        return replace(message, **fields)  # type: ignore[arg-type]

    def completion(
        self, prompt: str = "a cat", after_s: float = 60, name: str = "cat.mp4", **fields: object
    ) -> Message:
        text = f"<@{USER}> (prompt: {prompt} style: Realistic) Author: <@{USER}>)"
        return self.says(text, replace(FILM, filename=name), after_s=after_s, **fields)


@dataclass
class Passes:
    """Lets a dispatch send one job at a time; `Dispatch.run` does so until it is cancelled."""

    dispatch: Dispatch
    context: AccountContext

    async def next(self) -> Pause | None:
        """Send the next job that may be sent and return None, or return how long to pause."""
        with self.context.notifier.subscribe(f"account:{self.context.account.id}") as subscription:
            return await self.dispatch.send_next(subscription)


@asynccontextmanager
async def dispatching(
    rig: Rig,
    folder: Path,
    pace_s: float = 0,
    *,
    account: Account | None = None,
    database: Database | None = None,
    prepare: Prepare | None = None,
) -> AsyncIterator[Passes]:
    """Let what waits on an account be prepared and sent, a pass at a time."""
    account, database, uploads = account or rig.account, database or rig.database, uploads_in(folder)
    context = replace(rig.context, account=account, database=database, timing=Timing(pace_s=pace_s))
    preparations = Preparations(context, prepare or Prepare(rig.context, uploads.located))
    preparing = asyncio.create_task(preparations.run())
    try:
        yield Passes(Dispatch(context, preparations, Posting(context, uploads)), context)
    finally:
        preparing.cancel()
        await asyncio.wait({preparing})


async def posted(context: AccountContext, folder: Path) -> bool:
    """Post the only job."""
    prepared = Prepared(SlashCommand("333", "create", {}), 0)
    return await Posting(context, uploads_in(folder)).run("job-1", prepared)


async def nothing_in_question() -> Mapping[str, frozenset[str]]:
    """No message is undecided."""
    return {}


def like_none_before(tx: Tx, account: int, now_ms: int) -> Sequence[Job]:
    """Return the jobs that may be sent as far as look-alikes go, whatever their preparation takes."""
    known = SenderState(now_ms, pace_s=0)
    in_order = in_sending_order(queue_of(tx, account, DEFAULT, known), known)
    return [job for job, wait in in_order if wait is None or wait.reason is not WaitReason.LOOK_ALIKE]


def begin(tx: Tx, job: Job, nonce: str, now_ms: int) -> None:
    assert job.account is not None
    interactions.begin(
        tx, nonce=nonce, job=job.id, account=job.account, kind="run", sender=USER, now_ms=now_ms
    )


def stepped(tx: Tx, job: Job, signal: Signal, now: Now) -> Job:
    """Return a job after a step that moves it."""
    moved = take_step(tx, job, signal, now)
    assert moved is not None
    return moved.job


@pytest.fixture(autouse=True)
def _nothing_is_logged_inside_a_transaction() -> Iterator[None]:
    """Fail the test in which a body logs: it may be run again, and it holds up the only writer."""
    told: list[object] = []
    before = structlog.get_config()["processors"]

    def look(_logger: object, _method: str, line: EventDict) -> EventDict:
        if threading.current_thread() is not threading.main_thread():
            told.append(line["event"])
        return line

    structlog.configure(processors=[look, *before])
    yield
    structlog.configure(processors=before)
    assert told == []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the flows that touch most tables on PostgreSQL too."""
    if "rig" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in ON_BOTH_ENGINES:
        metafunc.parametrize("engine", ENGINES, indirect=True)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def rig(tmp_path: Path, clock: HandClock, engine: dict[str, Any]) -> AsyncIterator[Rig]:
    accounts = Accounts(a_vault())
    async with opened(engine.get("database", tmp_path / "bridge.db")) as database:
        account = await database.write(
            lambda tx: accounts.insert(
                tx,
                tenant=TENANT,
                kind=Kind.CONFIGURED,
                server=SERVER,
                channel=CHANNEL,
                max_jobs=2,
                token=TOKEN,
                now_ms=clock.now_ms(),
            )
        )
        yield Rig(database, clock, LocalNotifier(clock), accounts, account, FakeSession())
