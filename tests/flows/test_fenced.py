"""Who has lost the lease of an account changes nothing, sends nothing, and closes the connection."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import pytest

from bridge.chat import GatewaySession, InteractionCreated, InteractionFailed
from bridge.flows.send.answers import apply_answer
from bridge.flows.send.posting import Claim
from bridge.jobs.job import State
from bridge.leases.term import Machine
from bridge.notifier import LocalNotifier
from bridge.running.account import RunningAccount
from bridge.running.leases import HeldLease
from bridge.sessions.port import NotSent
from bridge.store.database import Database, Row, StoreUnavailable, Tx
from bridge.store.fenced import LeaseLost
from bridge.store.postgres.notifications import LOCAL, OF_ONE
from bridge.store.rows import gateway_sessions, leases
from tests.flows.conftest import TOKEN, Rig, posted
from tests.tools.running_account import LiveSession, seconds_pass, shared_by, until

Value = TypeVar("Value")
TABLES: Final = (
    "accounts",
    "jobs",
    "events",
    "deliveries",
    "interactions",
    "job_messages",
    "strays",
    "passing",
    "places",
)


class ClosingSession(LiveSession):
    """Tells whether it was closed."""

    is_closed = False
    is_handed_over = False

    async def hand_over(self) -> GatewaySession | None:
        self.is_handed_over = True
        return GatewaySession("wss://resume", "5", 7)

    async def aclose(self) -> None:
        self.is_closed = True


@pytest.fixture
def session(rig: Rig) -> ClosingSession:
    rig.session = session = ClosingSession()
    return session


async def held_by(rig: Rig, machine: str, left_s: Callable[[], float] = lambda: 10.0) -> HeldLease:
    """Let a machine have the lease of the rig's account, whoever had it before."""
    person, now_ms = rig.account.person, rig.clock.now_ms()

    def take(tx: Tx) -> HeldLease:
        leases.remove_all(tx)
        leases.join(tx, Machine(machine, machine, now_ms))
        return HeldLease(leases.take(tx, machine, [person], now_ms)[person], rig.database, left_s)

    return await rig.database.write(take)


async def everything(rig: Rig) -> dict[str, list[tuple[object, ...]]]:
    def rows(tx: Tx, table: str) -> list[tuple[object, ...]]:
        found: list[Row] = list(tx.all(f"SELECT * FROM {table}"))
        return sorted((tuple(row) for row in found), key=repr)

    return await rig.database.read(lambda tx: {table: rows(tx, table) for table in TABLES})


async def a_first_message(rig: Rig, session: ClosingSession) -> None:
    session.hears(rig.says("<@111111111111111111> is generating (prompt: a cat)", nonce="nonce-1"))


async def the_video(rig: Rig, session: ClosingSession) -> None:
    session.hears(rig.completion())


async def an_interaction(rig: Rig, session: ClosingSession) -> None:
    session.hears(InteractionCreated("55", "nonce-1"))


async def a_failed_interaction(rig: Rig, session: ClosingSession) -> None:
    session.hears(InteractionFailed("55", "nonce-1"))


async def a_history(rig: Rig, session: ClosingSession) -> None:
    session.said = [rig.completion()]
    session.listens()


async def a_job_to_send(rig: Rig, session: ClosingSession) -> None:
    rig.notifier.notify(f"account:{rig.account.id}")


async def silence(rig: Rig, session: ClosingSession) -> None:
    await seconds_pass(rig, 120, at_a_time_s=20)


@pytest.mark.parametrize(
    "what_happens",
    [a_first_message, the_video, an_interaction, a_failed_interaction, a_history, a_job_to_send, silence],
)
async def test_an_account_whose_lease_another_has_changes_nothing_and_ends(
    rig: Rig,
    session: ClosingSession,
    tmp_path: Path,
    what_happens: Callable[[Rig, ClosingSession], Awaitable[None]],
) -> None:
    await rig.sent(1)
    mine = await held_by(rig, "a")
    running = asyncio.create_task(
        RunningAccount(rig.account, session, mine, shared_by(rig, tmp_path, silence_s=30)).run()
    )
    await rig.database.read(lambda _: None)
    await rig.waiting(2, "a dog")
    await held_by(rig, "b")
    before = await everything(rig)

    await what_happens(rig, session)
    for _ in range(20):
        if not running.done():
            await seconds_pass(rig, 1)

    assert running.done()
    assert await everything(rig) == before
    assert session.sent == []
    assert session.is_closed


async def test_a_write_under_a_lease_that_is_held_is_kept(rig: Rig) -> None:
    mine = await held_by(rig, "a")

    await mine.database.write(lambda tx: tx.run("UPDATE accounts SET listened_ms = 7"))

    (row,) = await rig.database.read(lambda tx: tx.all("SELECT listened_ms FROM accounts"))
    assert (row["listened_ms"], mine.has_ended) == (7, False)


async def test_a_lost_lease_is_over_for_everyone_who_has_it(rig: Rig) -> None:
    mine = await held_by(rig, "a")
    theirs = await held_by(rig, "b")

    with pytest.raises(LeaseLost):
        await mine.database.write(lambda tx: tx.run("UPDATE accounts SET listened_ms = 7"))

    (row,) = await rig.database.read(lambda tx: tx.all("SELECT listened_ms FROM accounts"))
    assert (row["listened_ms"], mine.left_s(), theirs.left_s()) == (0, 0, 10)
    await asyncio.wait_for(mine.over(), 30)


class Overtaken:
    """A database at which somebody else does something right after the first write."""

    def __init__(self, real: Database, then: Callable[[], Awaitable[object]]) -> None:
        self._real = real
        self._then: Callable[[], Awaitable[object]] | None = then

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        value = await self._real.write(body)
        then, self._then = self._then, None
        if then is not None:
            await then()
        return value

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        return await self._real.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self._real.query(body)


class AwayAfterTheClaim:
    """A database that is away from the first claim on, which it keeps, until it is back."""

    def __init__(self, real: Database) -> None:
        self._real = real
        self.is_away = asyncio.Event()
        self.is_back = False

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        self._check()
        value = await self._real.write(body)
        if isinstance(value, Claim) and not self.is_back:
            self.is_away.set()
        self._check()
        return value

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        self._check()
        return await self._real.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.read(body)

    def _check(self) -> None:
        if self.is_away.is_set() and not self.is_back:
            raise StoreUnavailable("the database is away, or too busy")


async def test_a_process_that_stood_still_between_claim_and_post_sends_nothing_and_the_job_waits_again(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.waiting()
    mine = await held_by(rig, "a", left_s=lambda: 0)
    context = replace(rig.context, database=mine.database, lease_left_s=mine.left_s)

    has_run = await posted(context, tmp_path)

    assert not has_run
    assert rig.session.sent == []
    assert (await rig.job()).state is State.WAITING


async def test_a_process_that_lost_the_lease_between_claim_and_post_lets_the_next_holder_send_the_job(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.waiting()
    mine = await held_by(rig, "a", left_s=lambda: 0)
    database = Overtaken(mine.database, lambda: held_by(rig, "b"))
    context = replace(rig.context, database=database, lease_left_s=mine.left_s)

    has_run = await posted(context, tmp_path)

    assert not has_run
    assert rig.session.sent == []
    assert (await rig.job()).state is State.WAITING
    assert [post["is_void"] for post in await rig.posts()] == [1]


class OtherProcess(LocalNotifier):
    """The notifier of another process, which waits for its account itself; it carries what bridges do."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.clock)
        self._here = rig.notifier

    def notify(self, name: str, payload: object = None) -> None:
        super().notify(name, payload)
        if name.partition(":")[0] not in LOCAL | OF_ONE:
            self._here.notify(name)


async def test_the_next_holder_sends_a_job_at_once_that_the_one_before_did_not_send(
    rig: Rig, session: ClosingSession, tmp_path: Path
) -> None:
    await rig.waiting()
    mine = await held_by(rig, "a", left_s=lambda: 0)
    theirs: list[asyncio.Task[None]] = []

    async def overtake() -> None:
        lease = await held_by(rig, "b")
        theirs.append(
            asyncio.create_task(RunningAccount(rig.account, session, lease, shared_by(rig, tmp_path)).run())
        )
        session.listens()
        await seconds_pass(rig, 10)

    database = Overtaken(mine.database, overtake)
    context = replace(rig.context, database=database, lease_left_s=mine.left_s, notifier=OtherProcess(rig))
    await posted(context, tmp_path)
    await until(rig, lambda: bool(session.sent), within_s=5)
    theirs[0].cancel()
    await asyncio.wait(theirs)

    assert len(session.sent) == 1


async def test_a_refusal_is_kept_by_a_process_that_lost_the_lease_while_it_posted(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.waiting()
    mine = await held_by(rig, "a")
    rig.session.while_sending = lambda *_: held_by(rig, "b")
    rig.session.answers = [NotSent("no connection to Discord (curl 7)")]

    has_run = await posted(replace(rig.context, database=mine.database), tmp_path)

    assert not has_run
    assert (await rig.job()).state is State.WAITING


async def test_a_proof_that_is_stored_once_more_does_not_return_the_job_that_the_next_holder_sends(
    rig: Rig, tmp_path: Path
) -> None:
    await rig.waiting()
    answer = NotSent("no connection to Discord (curl 7)")
    rig.session.answers = [answer]
    await posted(rig.context, tmp_path)
    first = (await rig.posts())[0]["nonce"]
    rig.clock.pass_s(10)
    await rig.claim(1)

    moved = await rig.database.write(lambda tx: apply_answer(tx, "job-1", first, answer, None, rig.now()))

    assert moved == []
    assert (await rig.job()).state is State.SENDING


async def test_a_job_whose_claim_could_not_be_taken_back_before_the_lease_was_over_is_not_lost(
    rig: Rig, session: ClosingSession, tmp_path: Path
) -> None:
    away = AwayAfterTheClaim(rig.database)
    mine = HeldLease((await held_by(rig, "a")).lease, away, lambda: 10.0)
    running = asyncio.create_task(RunningAccount(rig.account, session, mine, shared_by(rig, tmp_path)).run())
    await rig.waiting()
    session.listens()
    await until(rig, away.is_away.is_set)

    mine.end()
    await until(rig, lambda: session.is_closed)
    await held_by(rig, "b")
    away.is_back = True
    await until(rig, running.done)

    assert session.sent == []
    assert (await rig.job()).state is State.WAITING


async def test_a_post_must_leave_before_the_lease_is_over(rig: Rig, tmp_path: Path) -> None:
    await rig.waiting()
    mine = await held_by(rig, "a", left_s=lambda: 3.5)

    await posted(replace(rig.context, lease_left_s=mine.left_s), tmp_path)

    assert rig.session.limits_s == [3.5]


async def test_a_post_in_progress_is_not_waited_for_when_the_lease_is_over(rig: Rig, tmp_path: Path) -> None:
    await rig.waiting()
    mine = await held_by(rig, "a")
    rig.session.while_sending = lambda *_: asyncio.Event().wait()
    posting = asyncio.create_task(posted(replace(rig.context, lease_left_s=mine.left_s), tmp_path))
    await rig.session.is_posting.wait()

    mine.end()
    posting.cancel()
    _, still_running = await asyncio.wait({posting}, timeout=30)

    assert not still_running
    assert (await rig.job()).state is State.SENDING


async def test_an_account_whose_lease_is_over_leaves_its_gateway_session_to_the_next_holder(
    rig: Rig, session: ClosingSession, tmp_path: Path
) -> None:
    mine = await held_by(rig, "a")
    shared = replace(shared_by(rig, tmp_path), has_others=True)
    running = asyncio.create_task(RunningAccount(rig.account, session, mine, shared).run())
    await rig.database.read(lambda _: None)

    mine.end()
    await asyncio.wait({running}, timeout=30)

    assert running.done()
    assert (session.is_handed_over, session.is_closed) == (True, True)


async def test_the_gateway_session_of_an_account_with_jobs_is_stored_now_and_then(
    rig: Rig, tmp_path: Path
) -> None:
    rig.session = session = IdleSession()
    await rig.sent(1)
    mine = await held_by(rig, "a")
    shared = replace(shared_by(rig, tmp_path), has_others=True)
    running = asyncio.create_task(RunningAccount(rig.account, session, mine, shared).run())

    await seconds_pass(rig, 10)
    running.cancel()
    await asyncio.wait({running})

    now_ms = rig.clock.now_ms()
    taken = await rig.database.write(lambda tx: gateway_sessions.take(tx, [TOKEN], now_ms))
    again = await rig.database.write(lambda tx: gateway_sessions.take(tx, [TOKEN], now_ms))
    assert taken == {TOKEN: GatewaySession("wss://resume", "5", 7)}
    assert again == {}


class IdleSession(LiveSession):
    """Has finished every event."""

    def resumable(self) -> GatewaySession | None:
        return GatewaySession("wss://resume", "5", 7)
