"""A Discord, and sessions that are connected to it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.chat import Channel, Heard, Interaction
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.inbox import Size
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Prepared, Sent, Session
from bridge.sessions.reconnect import ReconnectLimits
from tests.sessions.fake_discord import CHANNEL, GUILD, OTHER_CHANNEL, TOKEN, FakeDiscord

HERE, THERE = Channel(GUILD, CHANNEL), Channel(GUILD, OTHER_CHANNEL)
SAME_PERSON, ANOTHER_PERSON = "the.second.token", "other.first.token"
QUICK = ReconnectLimits(first_s=0.02, most_s=0.1)


class NotingClock(SystemClock):
    """Sleeps no time, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)


class Stored:
    """Where replaced tokens are stored."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    async def __call__(self, token: str) -> None:
        self.tokens.append(token)


class Listener:
    """Reads what a session hears, with a limit."""

    def __init__(self, session: Session) -> None:
        self._heard = session.heard()

    async def next(self) -> Heard:
        async with asyncio.timeout(30):
            return await anext(self._heard)


async def until(session: Session, standing: str) -> None:
    """Return when the session has this standing."""
    async with asyncio.timeout(30):
        while session.condition.standing.value != standing:
            await session.changed()


async def send(session: Session, interaction: Interaction, nonce: str) -> Sent:
    """Prepare an interaction and post it at once."""
    prepared = await session.prepare(interaction)
    return await session.post(prepared, nonce) if isinstance(prepared, Prepared) else prepared


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    fake = await FakeDiscord().start()
    yield fake
    await fake.stop()


@pytest.fixture
def endpoint(discord: FakeDiscord) -> Endpoint:
    return Endpoint(f"{discord.url}/api", discord.gateway_url)


@pytest.fixture
async def sessions(endpoint: Endpoint) -> AsyncIterator[SelfbotSessions]:
    size = Size(room=20, reserve=5)
    async with SelfbotSessions(endpoint, SystemClock(), pacing=QUICK, size=size, post_limit_s=0.5) as opened:
        yield opened


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
async def session(sessions: SelfbotSessions, stored: Stored) -> AsyncIterator[Session]:
    opened = sessions.open(TOKEN, HERE, stored)
    await until(opened, "connected")
    yield opened
    await opened.aclose()
