"""The slash commands of guilds: fetched once, cached until Discord reports a change."""

import asyncio
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final

import structlog

from bridge.backoff import backoff_s
from bridge.chat import SlashCommand
from bridge.offered import OfferedIndex
from bridge.ports import MINUTE_MS, Clock
from bridge.sessions.selfbot.offered import offered_index
from bridge.sessions.selfbot.options import Unsendable
from bridge.sessions.selfbot.raw_json import Raw, mapping, objects
from bridge.sessions.selfbot.rest import NoUsableAnswer, Rest

log = structlog.get_logger(__name__)

LIMIT_S: Final = 15.0
LOOK_AGAIN_MS: Final = MINUTE_MS
FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 60.0


@dataclass(slots=True)
class _Shelf:
    """The commands of one guild: as Discord sent them, and what they offer."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    commands: tuple[Raw, ...] | None = None
    index: OfferedIndex = field(default_factory=OfferedIndex)
    looked_up_ms: int = 0
    failures: int = 0
    ready_ms: int = 0


class CommandIndex:
    """A cache of the commands of guilds."""

    def __init__(self, rest: Rest, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock
        self._chance = SystemRandom()
        self._shelves: dict[str, _Shelf] = {}

    async def find(self, guild: str, asked: SlashCommand) -> Raw:
        """Return the requested command; raises `Unsendable` or `NoUsableAnswer`.

        If a cached guild does not have it, the guild is fetched again, unless it was fetched just now.
        """
        shelf = self._shelves.setdefault(guild, _Shelf())
        async with shelf.lock:
            await self._fill(guild, shelf)
            found = _choose(shelf, asked)
            if found is None and self._clock.monotonic_ms() - shelf.looked_up_ms > LOOK_AGAIN_MS:
                shelf.commands = None
                await self._fill(guild, shelf)
                found = _choose(shelf, asked)
        if found is None:
            raise Unsendable(f"the bot's command /{asked.name} is not known in this server")
        return found

    def offers(self, guild: str, command: Raw) -> bool:
        """Return whether a command is still the guild's current one, as far as is known."""
        shelf = self._shelves.get(guild)
        return shelf is not None and any(command is each for each in shelf.commands or ())

    def discard(self, guild: str) -> None:
        """Discard the guild's commands; the next request fetches them."""
        if shelf := self._shelves.get(guild):
            shelf.commands = None

    def discard_all(self) -> None:
        """Discard the commands of all guilds."""
        for shelf in self._shelves.values():
            shelf.commands = None

    def reset(self) -> None:
        """Allow failed fetches to be retried at once, because there is a new session."""
        for shelf in self._shelves.values():
            shelf.failures = shelf.ready_ms = 0

    async def _fill(self, guild: str, shelf: _Shelf) -> None:
        if shelf.commands is not None:
            return
        content = mapping(await self._looked_up(guild, shelf)) or {}
        shelf.index = offered_index(content)
        shelf.commands = objects(content, "application_commands")
        shelf.looked_up_ms = self._clock.monotonic_ms()
        log.info("commands_looked_up", guild=guild, commands=len(shelf.commands))

    async def _looked_up(self, guild: str, shelf: _Shelf) -> object:
        """Fetch from Discord, unless a fetch failed just now: all jobs of the guild use this."""
        if self._clock.monotonic_ms() < shelf.ready_ms:
            raise NoUsableAnswer("the commands could not be looked up a moment ago")
        try:
            content = await self._rest.get(f"/guilds/{guild}/application-command-index", LIMIT_S)
        except NoUsableAnswer:
            shelf.failures += 1
            pause_s = backoff_s(shelf.failures, FIRST_PAUSE_S, LONGEST_PAUSE_S, self._chance)
            shelf.ready_ms = self._clock.monotonic_ms() + round(pause_s * 1000)
            raise
        shelf.failures = shelf.ready_ms = 0
        return content


def _choose(shelf: _Shelf, asked: SlashCommand) -> Raw | None:
    found = next(iter(shelf.index.named(asked.name, asked.application_id)), None)
    return shelf.commands[found.position] if found is not None and shelf.commands is not None else None
