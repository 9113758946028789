"""A reading of the history costs what it has to: no page twice, no transaction for people, no hammering."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bridge.chat import Message
from bridge.flows.hear.catch_up import FIRST_PAUSE_S, LONGEST_PAUSE_S, PAGE, CatchUp, Reach
from bridge.flows.hear.intake import Intake
from bridge.jobs.job import State
from bridge.sessions.port import HistoryUnavailable
from tests.flows.conftest import BOT, Rig
from tests.tools.poison import poison
from tests.tools.running_account import LiveSession, ended, running, seconds_pass, until


class FlakySession(LiveSession):
    """Gives as many pages as it is told, then none until it is told again."""

    pages_left = 0

    async def history(self, after: str, at_most: int) -> Sequence[Message]:
        if self.pages_left == 0:
            self.asked.append(after)
            raise HistoryUnavailable("Discord answered 502", 502)
        self.pages_left -= 1
        return await super().history(after, at_most)


@pytest.fixture
def session(rig: Rig) -> FlakySession:
    rig.session = FlakySession()
    return rig.session


@pytest.fixture
def intake(rig: Rig) -> Intake:
    return Intake(rig.context)


@pytest.fixture
def catch_up(rig: Rig, intake: Intake, session: FlakySession) -> CatchUp:
    return CatchUp(replace(rig.context, session=session), lambda page: intake.take_page(page, rig.now()))


@pytest.fixture
def writes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The transactions that were asked for from now on."""
    asked: list[object] = []
    write = type(rig.database).write

    async def counted(database: Any, body: Any) -> Any:
        asked.append(body)
        return await write(database, body)

    monkeypatch.setattr(type(rig.database), "write", counted)
    return asked


def chatter(rig: Rig, count: int, **fields: object) -> list[Message]:
    return [rig.says("chat", after_s=5 + number, **fields) for number in range(count)]


async def test_pages_that_were_read_are_not_read_again_when_a_later_one_fails(
    rig: Rig, session: FlakySession, catch_up: CatchUp
) -> None:
    await rig.sent()
    session.said = [*chatter(rig, 2 * PAGE, author_id=BOT), rig.completion(after_s=1_000)]
    session.pages_left = 2
    broken_off = await catch_up.run()
    session.asked.clear()

    rig.clock.pass_s(FIRST_PAUSE_S)
    session.pages_left = 9
    reach = await catch_up.run()

    assert (broken_off, reach) == (Reach.NONE, Reach.WHOLE)
    assert session.asked == [session.said[2 * PAGE - 1].id]
    assert (await rig.job()).state is State.COMPLETED


async def test_a_reading_that_is_whole_is_followed_by_one_from_the_start(
    rig: Rig, session: FlakySession, catch_up: CatchUp
) -> None:
    await rig.sent()
    session.said = chatter(rig, PAGE, author_id=BOT)
    session.pages_left = 4

    await catch_up.run()
    await catch_up.run()

    assert session.asked[:2] == session.asked[2:]


async def test_a_new_session_reads_from_the_start_and_at_once(
    rig: Rig, session: FlakySession, catch_up: CatchUp
) -> None:
    await rig.sent()
    session.said = chatter(rig, PAGE, author_id=BOT)
    session.pages_left = 1
    await catch_up.run()

    session.pages_left = 2
    catch_up.begin_anew()
    reach = await catch_up.run()

    assert reach is Reach.WHOLE
    assert session.asked[2] == session.asked[0]


async def test_the_pauses_grow_from_five_seconds_to_five_minutes(
    rig: Rig, session: FlakySession, intake: Intake
) -> None:
    await rig.sent()
    context = replace(rig.context, session=session)
    catch_up = CatchUp(context, intake.take_page, Random(1))  # type: ignore[arg-type]
    pauses = []

    for _ in range(9):
        assert await catch_up.run() is Reach.NONE
        assert await catch_up.run() is Reach.PUT_OFF
        pauses.append(catch_up.pause_s)
        rig.clock.pass_s(catch_up.pause_s)

    full_s = [min(FIRST_PAUSE_S * 2**number, LONGEST_PAUSE_S) for number in range(9)]
    assert all(most / 2 <= pause_s <= most for pause_s, most in zip(pauses, full_s, strict=True))
    assert len(session.asked) == 9


async def test_what_people_wrote_takes_no_transaction(
    rig: Rig, session: FlakySession, catch_up: CatchUp, writes: list[object]
) -> None:
    await rig.sent()
    session.said = chatter(rig, 3 * PAGE - 1, author_id="777", author_is_bot=False)
    session.pages_left = 3
    writes.clear()

    assert await catch_up.run() is Reach.WHOLE

    assert writes == []


async def test_a_page_is_one_transaction(
    rig: Rig, session: FlakySession, catch_up: CatchUp, writes: list[object]
) -> None:
    await rig.sent()
    session.said = [*chatter(rig, PAGE - 1, author_id=BOT), rig.completion(after_s=1_000)]
    session.pages_left = 2
    writes.clear()

    await catch_up.run()

    assert len(writes) == 1
    assert (await rig.job()).state is State.COMPLETED


async def test_one_row_that_cannot_be_taken_loses_nothing_but_itself(
    rig: Rig, session: FlakySession, tmp_path: Path
) -> None:
    await rig.sent()
    poisoned = rig.completion(after_s=50)
    await poison(rig, poisoned)
    session.said = [poisoned, rig.completion(after_s=60)]
    session.pages_left = 2
    session.listens()

    async with running(rig, tmp_path):
        await ended(rig)

    assert (await rig.job()).state is State.COMPLETED


async def test_discord_is_asked_seldom_while_it_gives_nothing(
    rig: Rig, session: FlakySession, tmp_path: Path
) -> None:
    await rig.sending()
    session.listens()

    async with running(rig, tmp_path):
        await seconds_pass(rig, 60)

    assert 3 <= len(session.asked) <= 15


async def test_the_second_reading_asks_by_itself_only_for_what_was_known_before_the_first(
    rig: Rig, session: FlakySession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[str] = []

    async def noted(message_id: str) -> None:
        asked_for.append(message_id)

    monkeypatch.setattr(session, "message", noted)
    session.pages_left = 9
    before, meanwhile = await told(rig, 1, "a cat"), rig.says("(prompt: a dog", nonce="nonce-2")

    session.listens()
    async with running(rig, tmp_path):
        await until(rig, lambda: bool(session.asked))
        await rig.sent(2, "a dog")
        session.hears(meanwhile)
        await until(rig, lambda: len(session.asked) == 2)
        await seconds_pass(rig, 1)
        twice = asked_for[:]
        session.listens()
        await until(rig, lambda: len(session.asked) == 4)

    assert twice == [before.id, before.id]
    assert set(asked_for[2:]) == {before.id, meanwhile.id}


async def told(rig: Rig, number: int, prompt: str) -> Message:
    """Keep a job of which the bot has said something, and return that."""
    await rig.sent(number, prompt)
    message = rig.says(f"(prompt: {prompt}", nonce=f"nonce-{number}", after_s=1)
    await Intake(rig.context).take(message, rig.now())
    return message
