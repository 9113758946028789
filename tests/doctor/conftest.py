"""What the bot offers, as Discord's command index has it; each test changes what it is about."""

import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bridge.clock import SystemClock
from bridge.sandbox import SandboxOptions, run_sandbox
from bridge.sandbox.world.commands import pixverse_commands
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from tests.doctor.clinic import Clinic

PIXVERSE = 123_456_789_012_345_678
PAINTER = 223_456_789_012_345_678


class Offer:
    """A command index that can be changed."""

    def __init__(self) -> None:
        numbers = itertools.count(10**17)
        self.applications: list[Any] = [{"id": str(PIXVERSE), "name": "PixVerse"}]
        self.commands: list[Any] = list(pixverse_commands(PIXVERSE, lambda: next(numbers)))

    def command(self, name: str) -> dict[str, Any]:
        """Return a command."""
        found: dict[str, Any] = next(each for each in self.commands if each["name"] == name)
        return found

    def option(self, command: str, name: str) -> dict[str, Any]:
        """Return an option, which only this command has."""
        options = self.command(command)["options"]
        place = next(index for index, each in enumerate(options) if each["name"] == name)
        options[place] = dict(options[place])
        option: dict[str, Any] = options[place]
        return option

    def without(self, command: str, name: str) -> None:
        """Take an option away."""
        asked = self.command(command)
        asked["options"] = [each for each in asked["options"] if each["name"] != name]

    def index(self) -> dict[str, Any]:
        """Return it as Discord answers."""
        return {"applications": self.applications, "application_commands": self.commands, "version": "1"}


Change = Callable[[Offer], object]


@pytest.fixture
def offer() -> Offer:
    return Offer()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic() -> AsyncIterator[Clinic]:
    async with (
        run_sandbox(SandboxOptions(accounts=1, video_seconds=0.1)) as sandbox,
        aiohttp.ClientSession() as http,
    ):
        async with http.post(f"{sandbox.url}/_sandbox/limits", json={"kept": False}) as answer:
            assert answer.status == 200
        world = sandbox.world()
        endpoint = Endpoint(api_url=world["api_url"], gateway_url=world["gateway_url"])
        async with SelfbotSessions(endpoint, SystemClock()) as sessions:
            yield Clinic(sandbox, http, sessions)
