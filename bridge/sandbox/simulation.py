"""Everything that one simulated Discord consists of, as one value that its parts are handed."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from bridge.sandbox.clock import Clock
from bridge.sandbox.drift.board import DriftBoard
from bridge.sandbox.fault_board import FaultBoard
from bridge.sandbox.files import FileStore
from bridge.sandbox.frames import FrameLog
from bridge.sandbox.interactions import ANSWER_WITHIN_S, InteractionStore
from bridge.sandbox.journal import Journal
from bridge.sandbox.limits import Limits
from bridge.sandbox.links import Links
from bridge.sandbox.magic import Words
from bridge.sandbox.presence import PresenceLog
from bridge.sandbox.sessions.hub import Hub
from bridge.sandbox.snowflake import Snowflakes
from bridge.sandbox.uploads import UploadDesk
from bridge.sandbox.wire import Json
from bridge.sandbox.world.world import World

__all__ = ["Player", "Simulation"]


class Player(Protocol):
    """The built-in bot: plays its application while nobody else is connected for it."""

    @property
    def application_id(self) -> int:
        """Return whose commands it answers."""

    def words(self, kind: int, data: Json) -> Words:
        """Return the magic words of the prompt that an interaction is about."""

    async def play(self, payload: Json) -> None:
        """Answer one INTERACTION_CREATE, as it is sent to bots."""


@dataclass
class Simulation:
    """The parts; `player` is set last, since the bot acts on all the others."""

    http_url: str
    gateway_url: str
    clock: Clock
    ids: Snowflakes
    rng: Random
    world: World
    faults: FaultBoard
    hub: Hub
    links: Links
    limits: Limits
    heartbeat_s: float = 41.25
    player: Player | None = None
    journal: Journal = field(default_factory=Journal)
    frames: FrameLog = field(default_factory=FrameLog)
    presences: PresenceLog = field(default_factory=PresenceLog)
    interactions: InteractionStore = field(default_factory=InteractionStore)
    files: FileStore = field(default_factory=FileStore)
    uploads: UploadDesk = field(default_factory=UploadDesk)
    answer_within_s: float = ANSWER_WITHIN_S
    crowd: list[asyncio.Task[None]] = field(default_factory=list)
    refused_tokens: set[str] = field(default_factory=set)
    drift: DriftBoard = field(default_factory=DriftBoard)
