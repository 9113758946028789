"""A callback that is given up is a warning in the log, and is counted until it is sent again."""

from functools import partial
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.callbacks.sender import CallbackSender
from bridge.notifier import LocalNotifier
from bridge.store.rows import callbacks, deliveries
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import PAUSES_S, owe, settled
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.receivers import receiving, status

SECRET_TAIL = "?key=of-the-receiver"


@pytest.mark.usefixtures("sender")
async def test_a_callback_that_has_failed_the_last_time_is_a_warning(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock
) -> None:
    async with receiving(status(503)) as receiver:
        with capture_logs(processors=[merge_contextvars]) as lines:
            await database.write(lambda tx: owe(tx, receiver.url + SECRET_TAIL, 1))
            for tries, pause_s in enumerate(PAUSES_S, 1):
                notifier.notify("deliveries")
                await settled(database, notifier, ("msg-1", "pending", tries))
                clock.pass_s(pause_s * 2)

            notifier.notify("deliveries")
            await settled(database, notifier, ("msg-1", "given_up", len(PAUSES_S) + 1))

    assert given_up(lines) == [
        {"job_id": "job-1", "receiver": host_of(receiver.url), "attempts": len(PAUSES_S) + 1, "status": 503}
    ]
    assert not any("of-the-receiver" in str(line) for line in lines)


@pytest.mark.usefixtures("sender")
async def test_a_callback_whose_receiver_is_gone_is_a_warning(
    database: SqliteDatabase, notifier: LocalNotifier
) -> None:
    async with receiving(status(410)) as receiver:
        with capture_logs() as lines:
            await database.write(lambda tx: owe(tx, receiver.url, 1))

            notifier.notify("deliveries")
            await settled(database, notifier, ("msg-1", "given_up", 1))

    assert [(line["attempts"], line["status"]) for line in given_up(lines)] == [(1, 410)]


async def test_a_callback_that_is_owed_anew_while_it_is_given_up_is_no_warning(
    database: SqliteDatabase, notifier: LocalNotifier, sender: CallbackSender, clock: HandClock
) -> None:
    async def again_and_gone(writer: Any) -> None:
        await database.write(lambda tx: deliveries.send_again(tx, "default", "job-1", clock.now_ms()))
        await status(410)(writer)

    async with receiving(status(200)) as receiver:
        receiver.next_answers.append(again_and_gone)
        with capture_logs() as lines:
            await database.write(lambda tx: owe(tx, receiver.url, 1))
            notifier.notify("deliveries")

            await settled(database, notifier, ("msg-1", "delivered", 1))

    assert given_up(lines) == []


async def test_the_given_up_are_counted_until_they_are_sent_again(database: SqliteDatabase) -> None:
    for number in (1, 2, 3):
        await database.write(partial(owe, url=f"http://host-{number}/hook", number=number))
    await database.write(
        lambda tx: tx.run(
            "UPDATE deliveries SET state = 'given_up', due_ms = :at WHERE job <> 'job-3'", at=START_MS + 5
        )
    )

    before = await database.read(lambda tx: callbacks.undelivered(tx, "default"))
    await database.write(lambda tx: deliveries.send_again(tx, "default", "job-2", START_MS))
    after = await database.read(lambda tx: callbacks.undelivered(tx, "default"))

    assert before is not None
    assert after is not None
    assert (before.count, before.job, before.receiver, before.at_ms) == (2, "job-2", "host-2", START_MS + 5)
    assert (after.count, after.job) == (1, "job-1")


async def test_of_many_that_are_given_up_no_more_are_counted_than_a_limit(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "MOST_COUNTED", 2)
    for number in (1, 2, 3):
        await database.write(partial(owe, url="http://host/hook", number=number))
    await database.write(lambda tx: tx.run("UPDATE deliveries SET state = 'given_up'"))

    found = await database.read(lambda tx: callbacks.undelivered(tx, "default"))
    others = await database.read(lambda tx: callbacks.undelivered(tx, "another"))

    assert found is not None
    assert found.count == 2
    assert others is None


def given_up(lines: list[Any]) -> list[dict[str, Any]]:
    """Return the warnings without what every line has."""
    return [
        {name: value for name, value in line.items() if name not in ("event", "log_level", "delivery")}
        for line in lines
        if line["event"] == "callback_given_up" and line["log_level"] == "warning"
    ]


def host_of(url: str) -> str:
    return url.split("/")[2]
