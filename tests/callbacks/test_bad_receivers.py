"""Receivers that refuse, hang, drip, redirect, are gone: every delivery arrives, and no other one waits."""

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime
from unittest.mock import ANY

import pytest
from standardwebhooks import Webhook

from bridge.callbacks.receiver_limits import BREATH_MS, LONGEST_REST_MS, PER_RECEIVER
from bridge.callbacks.schedule import JITTER, LONGEST_ASKED_S
from bridge.notifier import LocalNotifier
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import PAUSES_S, SECRET, due_in_s, owe, settled, states
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.receivers import (
    Answer,
    dripping,
    hanging_up,
    headers_only,
    pouring,
    receiving,
    silence,
    status,
)

pytestmark = pytest.mark.usefixtures("sender")
NEVER_DONE = {
    "silent": silence,
    "one byte a second": dripping("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
}
BAD = {
    "hanging up": hanging_up,
    "not HTTP": dripping("220 smtp ready\r\n", pause_s=0),
    "redirecting": status(302, Location="/elsewhere"),
    "redirecting for good": status(308, Location="/elsewhere"),
    "failing": status(500),
    "not there": status(404),
    "busy": status(429, retry_after="3"),
    "not modified": status(304),
}


@pytest.fixture
def timeout_s() -> float:
    """Return how long an answer is waited for: a receiver that is well must make it on a busy machine too."""
    return 1.0


@pytest.mark.parametrize(
    ("timeout_s", "answer"),
    [
        *(pytest.param(1.0, answer, id=name) for name, answer in NEVER_DONE.items()),
        *(pytest.param(5.0, answer, id=name) for name, answer in BAD.items()),
    ],
)
async def test_what_a_bad_receiver_did_not_take_arrives_when_it_is_well(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, answer: Answer
) -> None:
    async with receiving(answer) as receiver:
        await database.write(lambda tx: [owe(tx, receiver.url, number) for number in (1, 2)])
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "pending", 1), ("msg-2", "pending", 1))

        receiver.answer = status(200)
        clock.pass_s(PAUSES_S[0] * (1 + JITTER))
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "delivered", 2), ("msg-2", "delivered", 2))

        assert sorted(post.id for post in receiver.posts) == ["msg-1", "msg-1", "msg-2", "msg-2"]


async def test_what_was_refused_arrives_when_the_receiver_is_back(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    async with receiving() as receiver:
        await receiver.refuse()
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "pending", 1))

        await receiver.listen()
        clock.pass_s(PAUSES_S[0] * (1 + JITTER))
        notifier.notify("deliveries")

        (post,) = await receiver.got(1)
        assert post.id == "msg-1"


@pytest.mark.parametrize(
    "answer", [headers_only, pouring(10_000_000), status(204)], ids=["never", "much", "none"]
)
async def test_the_status_decides_whatever_becomes_of_the_body(
    database: SqliteDatabase, notifier: LocalNotifier, answer: Answer
) -> None:
    async with receiving(answer) as receiver:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")

        await settled(database, notifier, ("msg-1", "delivered", 1))


async def test_of_a_long_answer_only_a_little_is_read(
    database: SqliteDatabase, notifier: LocalNotifier
) -> None:
    poured: list[int] = []
    async with receiving(pouring(100_000_000, poured)) as receiver:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "delivered", 1))

    assert sum(poured) < 20_000_000  # what the system's buffers hold, and no more


async def test_a_receiver_is_found_by_its_name(database: SqliteDatabase, notifier: LocalNotifier) -> None:
    async with receiving() as receiver:
        await database.write(lambda tx: owe(tx, f"http://localhost:{receiver.port}/hook", 1))
        notifier.notify("deliveries")
        (post,) = await receiver.got(1)

    assert post.headers["user-agent"] == "pixverse-bridge"
    assert post.headers["content-type"] == "application/json"
    assert "cookie" not in post.headers


async def test_a_receiver_that_is_gone_is_asked_no_more(
    database: SqliteDatabase, notifier: LocalNotifier
) -> None:
    async with receiving(status(410)) as receiver:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")

        await settled(database, notifier, ("msg-1", "given_up", 1))


@pytest.mark.parametrize("timeout_s", [5.0])
@pytest.mark.parametrize("code", [429, 503, 500])
@pytest.mark.parametrize(
    ("retry_after", "least_s", "most_s"),
    [
        ("600", 600, 600),
        ("1", PAUSES_S[0] * (1 - JITTER), PAUSES_S[0] * (1 + JITTER)),
        ("9" * 30, LONGEST_ASKED_S, LONGEST_ASKED_S),
        (format_datetime(datetime.fromtimestamp(START_MS / 1000 + 900, UTC), usegmt=True), 899, 900),
        ("soon", PAUSES_S[0] * (1 - JITTER), PAUSES_S[0] * (1 + JITTER)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ASKED_S, LONGEST_ASKED_S),
        *(
            (nothing, PAUSES_S[0] * (1 - JITTER), PAUSES_S[0] * (1 + JITTER))
            for nothing in (
                "",
                "0",
                "1e9",
                "600.5",
                "600, 700",
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "Tue, 14 Nov 2023",
                "Fri, 31 Dec 99999 23:59:59 GMT",
                "Fri, 99 Foo 2023 99:99:99 GMT",
            )
        ),
        ("-5", PAUSES_S[0] * (1 - JITTER), PAUSES_S[0] * (1 + JITTER)),
    ],
)
async def test_a_receiver_may_ask_for_a_longer_pause_within_limits(
    database: SqliteDatabase,
    notifier: LocalNotifier,
    code: int,
    retry_after: str,
    least_s: float,
    most_s: float,
) -> None:
    async with receiving(status(code, retry_after=retry_after)) as receiver:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "pending", 1))

    assert least_s <= await due_in_s(database, "msg-1", START_MS) <= most_s


async def test_after_the_last_pause_a_callback_is_given_up(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    async with receiving(status(500)) as receiver:
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        for tries, pause_s in enumerate(PAUSES_S, 1):
            notifier.notify("deliveries")
            await settled(database, notifier, ("msg-1", "pending", tries))
            clock.pass_s(pause_s * (1 + JITTER))

        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "given_up", len(PAUSES_S) + 1))


async def test_every_attempt_has_the_same_id_and_a_time_and_signature_of_its_own(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    async with receiving() as receiver:
        receiver.next_answers.append(status(500))
        await database.write(lambda tx: owe(tx, receiver.url, 1))
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-1", "pending", 1))
        clock.pass_s(10)
        notifier.notify("deliveries")
        posts = await receiver.got(2)

    assert [post.id for post in posts] == ["msg-1", "msg-1"]
    times = [int(post.headers["webhook-timestamp"]) for post in posts]
    assert times == [START_MS // 1000, START_MS // 1000 + 10]
    for post, at_s in zip(posts, times, strict=True):
        at = datetime.fromtimestamp(at_s, UTC)
        assert post.headers["webhook-signature"] == Webhook(SECRET).sign(post.id, at, post.body.decode())


@pytest.mark.parametrize(
    "answer",
    [pytest.param(silence, id="silent"), pytest.param(status(500), id="failing", marks=pytest.mark.thorough)],
)
async def test_ten_thousand_owed_to_a_dead_receiver_do_not_stand_before_a_healthy_one(
    database: SqliteDatabase, notifier: LocalNotifier, answer: Answer
) -> None:
    async with receiving(answer) as dead, receiving() as healthy:
        await database.write(lambda tx: [owe(tx, dead.url, number) for number in range(10_000)])
        notifier.notify("deliveries")
        await dead.got(1)
        await database.write(lambda tx: [owe(tx, healthy.url, 10_000 + number) for number in range(20)])
        notifier.notify("deliveries")
        await healthy.got(20)

        assert len(dead.posts) < 500
        assert dead.most_at_once <= PER_RECEIVER


async def test_a_receiver_that_fails_is_asked_one_by_one_until_it_is_well(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    names = [f"msg-{number}" for number in range(PER_RECEIVER)]
    async with receiving(status(500)) as receiver:
        await database.write(lambda tx: [owe(tx, receiver.url, number) for number in range(PER_RECEIVER)])
        notifier.notify("deliveries")
        await settled(database, notifier, *((name, "pending", 1) for name in names))

        receiver.most_at_once, receiver.answer = 0, silence
        clock.pass_s(PAUSES_S[0] * (1 + JITTER))
        await receiver.got(PER_RECEIVER + 1)
        failing = receiver.most_at_once
        receiver.answer = status(200)
        await one_has(database, notifier, 2)
        clock.pass_s(PAUSES_S[1] * (1 + JITTER))
        await settled(database, notifier, *((name, "delivered", ANY) for name in names))

    assert failing == 1


async def one_has(database: SqliteDatabase, notifier: LocalNotifier, tries: int) -> None:
    """Return when a delivery has been tried so often."""
    with notifier.subscribe("callbacks") as subscription:
        async with asyncio.timeout(45):
            while all(tried < tries for _, _, tried in await states(database)):
                await subscription.wait(3600)


async def test_receivers_that_fail_have_turns_and_nobody_has_two_before_each_has_had_one(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    async with receiving(status(500), host="0.0.0.0") as receiver, receiving() as healthy:
        urls = [f"http://127.0.0.{number}:{receiver.port}/hook" for number in (1, 2, 3)]
        await database.write(
            lambda tx: [
                owe(tx, url, 10 * turn + number) for turn in (0, 1) for number, url in enumerate(urls)
            ]
        )
        notifier.notify("deliveries")
        await receiver.got(6)
        await settled(database, notifier, *((name, "pending", 1) for name, _, _ in await states(database)))
        clock.pass_s(PAUSES_S[0] * (1 + JITTER))
        await database.write(lambda tx: owe(tx, healthy.url, 99))
        notifier.notify("deliveries")
        await healthy.got(1)
        await receiver.got(7)
        asleep_s = await clock.sleeper_s()
        for count in (8, 9):
            clock.pass_s(BREATH_MS / 1000)
            await receiver.got(count)

        assert asleep_s == BREATH_MS / 1000
        assert {post.headers["host"] for post in receiver.posts[6:]} == {url.split("/")[2] for url in urls}


async def test_one_that_fails_by_silence_keeps_no_other_from_its_turn(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    async with receiving(status(500), host="0.0.0.0") as receiver:
        urls = [f"http://127.0.0.{number}:{receiver.port}/hook" for number in (1, 2, 3)]
        await database.write(lambda tx: [owe(tx, url, number) for number, url in enumerate(urls)])
        notifier.notify("deliveries")
        await settled(database, notifier, *((f"msg-{number}", "pending", 1) for number in range(3)))

        receiver.answer = silence
        clock.pass_s(PAUSES_S[0] * (1 + JITTER))
        for count in (4, 5, 6):
            await receiver.got(count)
            clock.pass_s(BREATH_MS / 1000)

        assert receiver.at_once == 3


async def test_a_receiver_that_fails_is_left_alone_for_a_while_and_one_that_says_gone_is_not(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    async with receiving(status(500)) as failing, receiving(status(410)) as gone:
        await database.write(
            lambda tx: [
                owe(tx, (failing, gone)[number % 2].url, number) for number in range(6 * PER_RECEIVER)
            ]
        )
        notifier.notify("deliveries")
        await gone.got(3 * PER_RECEIVER)
        await failing.got(PER_RECEIVER)
        await settled_in_all(database, notifier, 4 * PER_RECEIVER)
        at_first = len(failing.posts)
        clock.pass_s(LONGEST_REST_MS / 1000)
        notifier.notify("deliveries")
        await failing.got(PER_RECEIVER + 1)

    assert at_first == PER_RECEIVER


async def settled_in_all(database: SqliteDatabase, notifier: LocalNotifier, tries: int) -> None:
    """Return when so many attempts have been settled, of all deliveries together."""
    with notifier.subscribe("callbacks") as subscription:
        async with asyncio.timeout(45):
            while sum(tried for _, _, tried in await states(database)) < tries:
                await subscription.wait(3600)


async def test_a_failing_receiver_that_is_forgotten_is_only_asked_as_one_that_is_new(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.callbacks.receiver_limits.REMEMBERED", 1)
    async with receiving(status(500)) as forgotten, receiving(status(500)) as known:
        await database.write(lambda tx: [owe(tx, forgotten.url, number) for number in range(PER_RECEIVER)])
        notifier.notify("deliveries")
        names = [f"msg-{number}" for number in range(PER_RECEIVER)]
        await settled(database, notifier, *((name, "pending", 1) for name in names))
        await database.write(lambda tx: owe(tx, known.url, 9))
        notifier.notify("deliveries")
        await settled(database, notifier, *((name, "pending", 1) for name in [*names, "msg-9"]))

        forgotten.most_at_once, forgotten.answer, known.answer = 0, silence, status(200)
        clock.pass_s(PAUSES_S[0] * (1 + JITTER))
        await forgotten.got(2 * PER_RECEIVER)
        asked_at_once = forgotten.most_at_once
        forgotten.answer = status(200)
        await settled(
            database, notifier, *((name, "pending", 2) for name in names), ("msg-9", "delivered", 2)
        )
        for _ in names:
            clock.pass_s(PAUSES_S[1] * (1 + JITTER))
        await settled(database, notifier, *((name, "delivered", ANY) for name in [*names, "msg-9"]))

    assert asked_at_once == PER_RECEIVER


@pytest.mark.parametrize("timeout_s", [5.0])
async def test_many_dead_receivers_leave_room_for_a_healthy_one(
    database: SqliteDatabase, notifier: LocalNotifier
) -> None:
    async with receiving(silence, host="0.0.0.0") as dead, receiving() as healthy:
        hosts = [f"http://127.0.{number // 250}.{number % 250 + 1}:{dead.port}/" for number in range(150)]
        await database.write(lambda tx: [owe(tx, url, number) for number, url in enumerate(hosts)])
        await database.write(lambda tx: owe(tx, healthy.url, 1000))
        notifier.notify("deliveries")

        (post,) = await healthy.got(1)
        assert post.id == "msg-1000"
