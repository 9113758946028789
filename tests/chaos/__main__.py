"""The long form: `python -m tests.chaos --seed N --rounds N --jobs N`; prints what `docs/chaos.md` tells."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import pytest
import structlog

from tests.chaos.backups import a_restored_installation
from tests.chaos.beside import side_by_side
from tests.chaos.crowd import a_crowd
from tests.chaos.databases import TROUBLES, Trials, Trouble, a_small_disk, fill_disk, suffered, trials_of
from tests.chaos.hostile import hostile_receivers
from tests.chaos.kills import Death, Lane, a_lane
from tests.chaos.machines import BLOWS, Plan, a_scene
from tests.chaos.mirrors import a_mirror_lane
from tests.chaos.moves import an_installation
from tests.chaos.queues import a_queue
from tests.chaos.storms import GATEWAY, REST, Fault, a_storm
from tests.chaos.verdict import Verdict
from tests.tools.databases import migrated
from tests.tools.postgres import Server, is_there, server

A_LIFE: Final = 50
"""So many rounds have one data directory; a channel's history is read anew after each death."""
A_MOVE: Final = 30
"""So many rounds of kills take as long as a move there and back, or as a backup and a restore."""
Part = Callable[[Path, argparse.Namespace], Awaitable[list[str]]]


async def kills(folder: Path, options: argparse.Namespace) -> list[str]:
    """Kill the bridge at every named point, and at any moment."""
    until = time.monotonic() + (options.seconds or float("inf"))
    verdict, named, tried, turn = Verdict(), set[str](), set[str](), 0
    while turn < options.rounds and time.monotonic() < until:
        async with a_lane(folder / f"from-{turn}", options.seed + turn, Lane) as lane:
            for death in lane.deaths(min(A_LIFE, options.rounds - turn)):
                if time.monotonic() < until:
                    await _round(lane, turn, death)
                    turn += 1
            verdict += lane.verdict
            named, tried = named.union(lane.points, lane.starting), tried | lane.tried
    say(f"kills: {len(tried)} of {len(named)} named points tried, {verdict.line()}")
    return verdict.broken


async def mirror(folder: Path, options: argparse.Namespace) -> list[str]:
    """Kill the bridge in the middle of downloads for its mirror, and of keeping them."""
    until = time.monotonic() + (options.seconds or float("inf"))
    async with a_mirror_lane(folder, options.seed) as lane:
        for turn, death in enumerate(lane.media_deaths(min(A_LIFE, options.rounds))):
            if time.monotonic() < until:
                await _round(lane, turn, death)
        await lane.tidied()
        points = lane.media_points()
        say(f"mirror: {len(lane.tried & {*points})} of {len(points)} points, {lane.verdict.line()}")
        return lane.verdict.broken


async def _round(lane: Lane, turn: int, death: Death) -> None:
    """Run a round, and tell at once of a promise that it breaks."""
    told = len(lane.verdict.broken)
    await lane.round(turn, death, *lane.further_deaths(turn))
    for sentence in lane.verdict.broken[told:]:
        say(f"  broken in {sentence}")


async def gateway(folder: Path, options: argparse.Namespace) -> list[str]:
    """Let the gateway fail at random."""
    return await _storm(folder, options, "gateway", GATEWAY)


async def rest(folder: Path, options: argparse.Namespace) -> list[str]:
    """Let REST fail at random."""
    return await _storm(folder, options, "REST", REST)


async def _storm(folder: Path, options: argparse.Namespace, name: str, faults: Sequence[Fault]) -> list[str]:
    async with a_storm(folder, options.seed, faults) as storm:
        return _told(f"{name} faults", await storm.rage(options.jobs))


async def receivers(folder: Path, _options: argparse.Namespace) -> list[str]:
    """Call receivers back that do what they can not to be reached."""
    broken = _told("hostile receivers", await hostile_receivers(folder / "hour"))
    sides = await side_by_side(folder / "beside")
    say(f"a healthy receiver: {sides.line()}")
    return broken + sides.broken


async def crowd(folder: Path, _options: argparse.Namespace) -> list[str]:
    """Keep a thousand jobs open at once."""
    found = await a_crowd(folder, accounts=100, video_s=30.0)
    say(f"crowd: {found.line()}")
    return found.broken(jobs=1_000)


async def queue(folder: Path, options: argparse.Namespace) -> list[str]:
    """Order more than there are slots, and kill the bridge while they are given."""
    async with a_queue(folder, options.seed) as crowd:
        verdict = await crowd.play(options.jobs, deaths=6)
        say(f"queue: {crowd.line()}")
        if verdict.broken:
            await crowd.court.keep_evidence(folder, "queue")
        return verdict.broken + crowd.slow()


async def machines(folder: Path, options: argparse.Namespace) -> list[str]:
    """Kill, suspend, drain and cut off bridges that share a PostgreSQL."""
    plan = Plan(
        processes=options.processes,
        accounts=options.accounts,
        jobs=options.jobs,
        followers=4,
        seconds=options.seconds or 240.0,
        discord_s=75.0,
        at_once=3,
    )
    if not is_there():
        say("machines: skipped, there is no PostgreSQL")
        return []
    with server() as running, migrated(running) as url:
        async with a_scene(folder, url, options.seed, plan) as scene:
            verdict = await scene.play(BLOWS)
            say(f"machines: {scene.line()}")
            if verdict.broken:
                await scene.keep_evidence(folder)
            return verdict.broken


async def databases(folder: Path, options: argparse.Namespace) -> list[str]:
    """Restart the PostgreSQL that bridges share, cut it off, let it fail over."""
    if not is_there():
        say("databases: skipped, there is no PostgreSQL")
        return []
    plan = Plan(processes=2, accounts=8, jobs=options.jobs, followers=4, seconds=options.seconds or 120.0)
    async with trials_of(folder / "restarts", options.seed, plan) as trials:
        broken = await _suffered(folder / "restarts", trials, TROUBLES)
    try:
        with a_small_disk() as disk:
            async with trials_of(folder / "disk", options.seed, plan, disk) as trials:
                return broken + await _suffered(folder / "disk", trials, [fill_disk] * 3)
    except pytest.skip.Exception as needed:
        say(f"databases: no disk was filled: {needed}")
        return broken


async def moves(folder: Path, options: argparse.Namespace) -> list[str]:
    """Move an installation to PostgreSQL and back, each time killed midway."""
    if not is_there():
        say("moves: skipped, there is no PostgreSQL")
        return []
    with server() as running:
        async with an_installation(folder, options.seed, running) as installation:
            verdict = await installation.play(max(1, options.rounds // A_MOVE))
            say(f"moves: {verdict.line()}")
            if verdict.broken:
                await installation.court.keep_evidence(folder, "moves")
            return verdict.broken


async def backup(folder: Path, options: argparse.Namespace) -> list[str]:
    """Back an installation up under load, lose it, and restore it elsewhere, on both engines."""
    broken = await _restored(folder / "files", options, None)
    if not is_there():
        say("backup: not on PostgreSQL, there is none")
        return broken
    with server() as running:
        return broken + await _restored(folder / "postgres", options, running)


async def _restored(folder: Path, options: argparse.Namespace, running: Server | None) -> list[str]:
    async with a_restored_installation(folder, options.seed, running) as installation:
        verdict = await installation.play(max(1, options.rounds // A_MOVE))
        say(f"backup{' on PostgreSQL' if running else ''}: {verdict.line()}")
        if verdict.broken:
            await installation.court.keep_evidence(folder, "backup")
        return verdict.broken


async def _suffered(folder: Path, trials: Trials, troubles: Sequence[Trouble]) -> list[str]:
    broken = await suffered(trials, troubles)
    say(f"databases: {trials.line()}")
    if broken:
        await trials.scene.keep_evidence(folder)
    return broken


PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (kills, mirror, gateway, rest, receivers, crowd, queue, machines, databases, moves, backup)
}


def _told(name: str, verdict: Verdict) -> list[str]:
    say(f"{name}: {verdict.line()}")
    return verdict.broken


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the parts that were asked for; the exit code says whether a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="part", help=", ".join(PARTS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=300, help="rounds of kills")
    parser.add_argument("--seconds", type=float, help="begin no round of kills, and no blow, after so long")
    parser.add_argument("--jobs", type=int, default=200, help="jobs in each storm, and of all machines")
    parser.add_argument("--accounts", type=int, default=40, help="accounts of all machines")
    parser.add_argument("--processes", type=int, default=4, help="machines, beside one that comes and goes")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder, broken = Path(tempfile.mkdtemp(prefix="chaos-")), list[str]()
    for name in options.parts:
        broken += asyncio.run(_run(name, folder / name, options))
    for sentence in broken:
        say(f"broken: {sentence}")
    if broken:
        say(f"kept: {folder} has the data and the logs of the bridges, and what Discord had seen")
        return 1
    shutil.rmtree(folder)
    return 0


async def _run(name: str, folder: Path, options: argparse.Namespace) -> list[str]:
    return await PARTS[name](folder, options)


if __name__ == "__main__":
    sys.exit(main())
