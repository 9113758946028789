"""The operator is told what lasts, once, a few times at most; what comes and goes raises no storm."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook
from structlog.testing import capture_logs

from bridge.accounts.condition import Condition, Standing
from bridge.callbacks.signing import signed
from bridge.notifier import LocalNotifier
from bridge.running import alerts as alerts_module
from bridge.running.alerts import PAUSES_S, REST_MS, Alerts, AlertTarget
from bridge.running.conditions import Change
from bridge.store.database import Database, StoreUnavailable
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.tools.hand_clock import HandClock
from tests.tools.local_client import local_client
from tests.tools.receivers import receiving, status
from tests.tools.world import Receiver, a_receiver

SECRET = "whsec_" + "A" * 32


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def alerts(database: SqliteDatabase, receiver: Receiver, clock: HandClock) -> AsyncIterator[Alerts]:
    async with alerting(database, receiver.url, clock) as alerts:
        yield alerts


@asynccontextmanager
async def alerting(database: Database, url: str, clock: HandClock) -> AsyncIterator[Alerts]:
    async def headers(_tenant: str, alert: str, body: bytes) -> Mapping[str, str]:
        return signed(alert, clock.now_ms(), body, [SECRET])

    def encode(change: Change) -> bytes:
        return b'{"channel": "%s", "condition": "%s"}' % (
            change.channel.encode(),
            change.condition.standing.encode(),
        )

    async with local_client() as client:
        yield Alerts(database, clock, LocalNotifier(clock), client, AlertTarget(url, encode, headers, 5))


async def test_an_alert_that_cannot_be_signed_while_the_database_is_away_is_sent_later_without_an_error(
    alerts: Alerts, receiver: Receiver, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing = alerts._target.headers

    async def away(*_: object) -> Mapping[str, str]:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(alerts, "_target", replace(alerts._target, headers=away))
    alerts.queue(change(clock, Standing.BAD_TOKEN))
    with capture_logs() as logs:
        pause_s = await through(alerts)

    monkeypatch.setattr(alerts, "_target", replace(alerts._target, headers=signing))
    clock.pass_s(pause_s)
    await through(alerts)

    assert [(line["event"], line["log_level"]) for line in logs] == [("alert_is_waiting", "warning")]
    assert told(receiver) == ["bad_token"]


async def test_a_newer_condition_replaces_an_alert_that_cannot_be_signed_meanwhile(
    alerts: Alerts, receiver: Receiver, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing = alerts._target.headers

    async def away(*_: object) -> Mapping[str, str]:
        alerts.queue(change(clock, Standing.CONNECTED))
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(alerts, "_target", replace(alerts._target, headers=away))
    alerts.queue(change(clock, Standing.BAD_TOKEN))
    await through(alerts)

    monkeypatch.setattr(alerts, "_target", replace(alerts._target, headers=signing))
    for _ in range(3):
        clock.pass_s(REST_MS / 1000)
        await through(alerts)

    assert told(receiver) == []


def change(clock: HandClock, standing: Standing, channel: str = "1", tenant: str = "default") -> Change:
    return Change(tenant, channel, Condition(standing, clock.now_ms(), "why"))


async def through(alerts: Alerts) -> float:
    """Make every attempt that is due, and return how long until the next."""
    while not (pause_s := await alerts.send_due()):
        continue
    return pause_s


def told(receiver: Receiver) -> list[Any]:
    return [receiver.queue.get_nowait()["job"]["condition"] for _ in range(receiver.queue.qsize())]


async def test_what_needs_a_person_is_told_at_once_and_once(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    alerts.queue(change(clock, Standing.BAD_TOKEN))
    await through(alerts)
    alerts.queue(change(clock, Standing.BAD_TOKEN))
    clock.pass_s(3600)
    await through(alerts)

    assert told(receiver) == ["bad_token"]


async def test_a_start_and_a_short_gap_are_no_news(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    for standing in (Standing.CONNECTING, Standing.CONNECTED, Standing.RECONNECTING, Standing.CONNECTED):
        alerts.queue(change(clock, standing))
        await through(alerts)
        clock.pass_s(29)

    await through(alerts)

    assert told(receiver) == []


async def test_a_gap_that_lasts_is_told_and_so_is_its_end(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    alerts.queue(change(clock, Standing.RECONNECTING))
    clock.pass_s(await through(alerts))
    await through(alerts)
    alerts.queue(change(clock, Standing.CONNECTED))
    clock.pass_s(await through(alerts))
    await through(alerts)

    assert told(receiver) == ["reconnecting", "connected"]


async def test_an_account_that_flaps_is_told_of_once_a_minute_at_most(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    for number in range(600):
        alerts.queue(change(clock, Standing.NEEDS_HUMAN if number % 2 else Standing.CONNECTED))
        await through(alerts)
        clock.pass_s(1)

    assert 5 <= len(told(receiver)) <= 11


async def test_a_receiver_that_fails_is_tried_again_later_each_time_and_then_no_more(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 20
    alerts.queue(change(clock, Standing.BAD_TOKEN))

    pauses = []
    while (pause_s := await through(alerts)) and alerts._waiting:
        pauses.append(pause_s)
        clock.pass_s(pause_s)

    assert pauses == list(PAUSES_S)
    assert len(receiver.attempts) == len(PAUSES_S) + 1


async def test_every_attempt_has_the_same_id_and_is_signed_anew_as_a_library_of_others_does_it(
    database: SqliteDatabase, clock: HandClock
) -> None:
    start_s = clock.now_ms() // 1000

    async with receiving() as receiver, alerting(database, receiver.url, clock) as alerts:
        receiver.next_answers += [status(500), status(500)]
        alerts.queue(change(clock, Standing.BAD_TOKEN))
        for pause_s in (*PAUSES_S[:2], 0):
            await through(alerts)
            clock.pass_s(pause_s)

    assert len({post.id for post in receiver.posts}) == 1
    assert [int(post.headers["webhook-timestamp"]) - start_s for post in receiver.posts] == [0, 5, 35]
    for post in receiver.posts:
        at = datetime.fromtimestamp(int(post.headers["webhook-timestamp"]), UTC)
        assert post.headers["webhook-signature"] == Webhook(SECRET).sign(post.id, at, post.body.decode())


async def test_what_has_mended_meanwhile_is_not_told_late(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    alerts.queue(change(clock, Standing.BAD_TOKEN))
    await through(alerts)

    alerts.queue(change(clock, Standing.CONNECTED))
    clock.pass_s(3600)
    await through(alerts)

    assert (receiver.attempts, told(receiver)) == ([500], [])


async def test_a_clock_that_is_set_back_holds_no_news_up_after_others(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    alerts.queue(change(clock, Standing.NEEDS_HUMAN))
    await through(alerts)

    clock.set_s(-3600)
    alerts.queue(change(clock, Standing.BAD_TOKEN))
    clock.pass_s(REST_MS / 1000)
    await through(alerts)

    assert told(receiver) == ["needs_human", "bad_token"]


async def test_a_clock_that_is_set_back_holds_no_waiting_news_up(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    alerts.queue(change(clock, Standing.RECONNECTING))

    clock.set_s(-3600)
    alerts.queue(change(clock, Standing.RECONNECTING, "2"))
    clock.pass_s(await through(alerts))
    await through(alerts)

    assert told(receiver) == ["reconnecting", "reconnecting"]


async def test_a_clock_that_is_set_back_holds_no_other_try_up(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    receiver.statuses = [500, 500]
    alerts.queue(change(clock, Standing.BAD_TOKEN))
    await through(alerts)
    clock.pass_s(PAUSES_S[0])

    pause_s = await through(alerts)
    clock.set_s(-3600)
    clock.pass_s(pause_s)
    await through(alerts)

    assert pause_s == PAUSES_S[1]
    assert told(receiver) == ["bad_token"]


async def test_every_account_is_told_of_for_itself(
    alerts: Alerts, clock: HandClock, receiver: Receiver
) -> None:
    for channel in ("1", "2", "3"):
        alerts.queue(change(clock, Standing.BAD_TOKEN, channel))

    await through(alerts)

    assert len(told(receiver)) == 3


async def test_a_tenant_whose_accounts_all_fail_pushes_no_other_out(
    alerts: Alerts, clock: HandClock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_module, "MOST", 4)
    for channel in ("1", "2", "3", "4", "5"):
        alerts.queue(change(clock, Standing.BAD_TOKEN, channel, "large"))
    for channel in ("6", "7", "8"):
        alerts.queue(change(clock, Standing.BAD_TOKEN, channel, "small"))

    await through(alerts)

    channels = [receiver.queue.get_nowait()["job"]["channel"] for _ in range(receiver.queue.qsize())]
    assert channels == ["1", "2", "6", "7"]
