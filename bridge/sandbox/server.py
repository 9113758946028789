"""The simulator put together: one port, one task group, everything gone when it ends."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bridge.sandbox import api, cdn, control
from bridge.sandbox.bot.pixverse import PixVerse
from bridge.sandbox.chatter import Order, begin_chatter
from bridge.sandbox.clock import Clock
from bridge.sandbox.drift.acts import begin_drifts
from bridge.sandbox.drift.orders import Drift
from bridge.sandbox.fault_board import FaultBoard
from bridge.sandbox.gateway.connection import connect
from bridge.sandbox.limits import Limits
from bridge.sandbox.links import Links
from bridge.sandbox.magic import WAYS
from bridge.sandbox.own_commands import OwnCommand, define_own
from bridge.sandbox.sessions.hub import Hub
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.snowflake import Snowflakes
from bridge.sandbox.wire import Json
from bridge.sandbox.world.build import build_world
from bridge.sandbox.world_view import account_threads, view_spare_accounts, view_world

__all__ = ["Sandbox", "SandboxOptions", "run_sandbox"]

STOP_WITHIN_S = 0.2
MOST_ACCOUNTS = 10_000


@dataclass(frozen=True)
class SandboxOptions:
    """How the simulator is to be: port 0 takes a free one, equal seeds make equal worlds.

    `accounts` counts all user accounts, the first is the one for a configured account. `completion` is how
    finished videos arrive unless a magic word says otherwise: edited, followup, reply or plain. `heartbeat_s`
    is the time between two heartbeats that clients are told, `chatter` how many things others say or do each
    second in every account's thread. `drifts` are how the bot and its server differ from the start on,
    `commands` those that the bot has beyond the built-in ones.
    """

    host: str = "127.0.0.1"
    port: int = 0
    video_seconds: float = 8.0
    accounts: int = 9
    seed: int | None = None
    completion: str = "edited"
    heartbeat_s: float = 41.25
    chatter: float = 0.0
    drifts: tuple[Drift, ...] = ()
    commands: tuple[OwnCommand, ...] = ()

    def __post_init__(self) -> None:
        if self.completion not in WAYS:
            raise ValueError(f"completion must be one of {', '.join(WAYS)}")
        if not 1 <= self.accounts <= MOST_ACCOUNTS:
            raise ValueError(f"accounts must be 1 to {MOST_ACCOUNTS}")
        if self.video_seconds < 0 or self.heartbeat_s <= 0 or self.chatter < 0:
            raise ValueError("video_seconds and chatter must not be negative, heartbeat_s must be positive")


class Sandbox:
    """A running simulator."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim

    @property
    def url(self) -> str:
        """Return its address, `http://host:port`."""
        return self._sim.http_url

    def world(self) -> Json:
        """Return what `GET /_sandbox/world` answers."""
        return view_world(self._sim)

    def spare_accounts(self) -> list[Json]:
        """Return the accounts besides the first: `discord` (token), `server` and `channel` each."""
        return view_spare_accounts(self._sim)


@asynccontextmanager
async def run_sandbox(options: SandboxOptions) -> AsyncIterator[Sandbox]:
    """Listen from the moment of entering; nothing is left when it is over."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.create_server((options.host, options.port), family=family, backlog=512)
    async with asyncio.TaskGroup() as group:
        clock = Clock(group)
        sim = _assemble(options, clock, listener.getsockname()[1])
        runner = web.AppRunner(_application(sim), shutdown_timeout=STOP_WITHIN_S, access_log=None)
        try:
            await runner.setup()
            await web.SockSite(runner, listener).start()
            begin_drifts(sim, options.drifts)
            _populate(sim, options.chatter)
            yield Sandbox(sim)
        finally:
            clock.stop()
            sim.hub.cut_all()
            await runner.cleanup()
            listener.close()


def _populate(sim: Simulation, per_second: float) -> None:
    """Let others talk in every account's thread."""
    for thread in account_threads(sim) if per_second > 0 else []:
        begin_chatter(sim, Order(thread.id, per_second))


def _assemble(options: SandboxOptions, clock: Clock, port: int) -> Simulation:
    rng = random.SystemRandom() if options.seed is None else random.Random(options.seed)  # noqa: S311
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{host}:{port}"
    faults = FaultBoard(clock)
    sim = Simulation(
        http_url=url,
        gateway_url=f"ws://{host}:{port}",
        clock=clock,
        ids=Snowflakes(clock.now_ms),
        rng=rng,
        world=build_world(options.accounts, rng),
        faults=faults,
        hub=Hub(clock, faults, rng),
        links=Links(url, rng.randbytes(32), clock),
        limits=Limits(clock.now_ms),
        heartbeat_s=options.heartbeat_s,
    )
    own = {each.name: each.play for each in options.commands}
    player = PixVerse(sim, options.video_seconds, options.completion, own)
    define_own(sim, player.application_id, options.commands)
    sim.player = player
    return sim


def _application(sim: Simulation) -> web.Application:
    async def gateway(request: web.Request) -> web.StreamResponse:
        return await connect(sim, request)

    async def rest(request: web.Request) -> web.StreamResponse:
        return await api.serve(sim, request)

    async def download(request: web.Request) -> web.StreamResponse:
        return await cdn.download(sim, request)

    async def upload(request: web.Request) -> web.StreamResponse:
        return await cdn.take_upload(sim, request)

    async def order(request: web.Request) -> web.StreamResponse:
        act = control.ACTS.get((request.method, request.path))
        return await act(sim, request) if act is not None else web.Response(status=404, text="Not found.")

    app = web.Application()
    app.router.add_get("/", gateway)
    app.router.add_get("//", gateway)
    app.router.add_get("/attachments/{rest:.*}", download)
    app.router.add_get("/ephemeral-attachments/{rest:.*}", download)
    app.router.add_put("/_uploads/{slot}/{filename}", upload)
    app.router.add_route("*", "/api/{rest:.*}", rest)
    app.router.add_route("*", "/_sandbox/{rest:.*}", order)
    return app
