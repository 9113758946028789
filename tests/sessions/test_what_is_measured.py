"""What the metrics learn of a connection: sessions, ends, heartbeats, and how long an event takes."""

from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry

from bridge.chat import Listening
from bridge.clock import SystemClock
from bridge.metrics.gateway import GatewayMetrics
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from tests.sessions.conftest import HERE, QUICK, Listener, Stored
from tests.sessions.fake_discord import TOKEN, FakeDiscord

NEW, RESUMED = {"kind": "new"}, {"kind": "resumed"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def sessions(endpoint: Endpoint, registry: CollectorRegistry) -> AsyncIterator[SelfbotSessions]:
    async with SelfbotSessions(
        endpoint, SystemClock(), pacing=QUICK, metrics=GatewayMetrics(registry)
    ) as opened:
        yield opened


def value(registry: CollectorRegistry, name: str, labels: dict[str, str] | None = None) -> float:
    return registry.get_sample_value(f"pixverse_bridge_{name}", labels or {}) or 0


async def test_a_connection_that_is_cut_and_resumed_is_counted_as_that(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, registry: CollectorRegistry
) -> None:
    listener = Listener(sessions.open(TOKEN, HERE, stored))
    await listener.next()

    await discord.drop()
    again = await listener.next()

    assert isinstance(again, Listening)
    assert again.is_resumed
    assert value(registry, "gateway_sessions_total", NEW) == 1
    assert value(registry, "gateway_sessions_total", RESUMED) == 1
    assert value(registry, "gateway_disconnects_total") == 1


async def test_an_acknowledged_heartbeat_is_measured(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, registry: CollectorRegistry
) -> None:
    discord.heartbeat_ms = 20
    await Listener(sessions.open(TOKEN, HERE, stored)).next()

    await discord.until(lambda: value(registry, "gateway_heartbeat_seconds_count") >= 2)

    assert 0 < value(registry, "gateway_heartbeat_seconds_sum") < float("inf")


async def test_an_event_is_measured_when_its_reader_has_finished_it_but_not_those_of_people(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, registry: CollectorRegistry
) -> None:
    listener = Listener(sessions.open(TOKEN, HERE, stored))
    await listener.next()
    await discord.say("1", author={"id": "7", "bot": True})
    await discord.say("2", author={"id": "8", "bot": False})
    await discord.say("3", author={"id": "7", "bot": True})

    for _ in range(3):
        await listener.next()

    assert value(registry, "frame_to_commit_seconds_count") == 1
