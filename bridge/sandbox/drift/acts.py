"""Drifts begin and end: the index of the commands follows, as after a change by the bot's owner."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy

from bridge.sandbox.acts.commands import tell_of_new_index
from bridge.sandbox.drift.board import Before
from bridge.sandbox.drift.commands import COMMAND_DRIFTS
from bridge.sandbox.drift.orders import Drift
from bridge.sandbox.drift.places import PLACE_DRIFTS
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["DRIFTS", "begin_drifts", "end_drifts"]

DRIFTS: Mapping[str, Callable[[Simulation, Json], None]] = {**COMMAND_DRIFTS, **PLACE_DRIFTS}


def begin_drifts(sim: Simulation, drifts: Sequence[Drift]) -> None:
    """Let the bot and its server differ; raises `BadDrift` for a command or option that there is not."""
    if sim.drift.before is None:
        sim.drift.before = _as_it_is(sim)
    for each in drifts:
        old = deepcopy(sim.world.commands)
        DRIFTS[each.name](sim, each.fields)
        _renew(sim, old)
        sim.drift.standing.append({"drift": each.name, **each.fields})
    tell_of_new_index(sim)


def end_drifts(sim: Simulation) -> None:
    """Let everything be as it was before the first drift."""
    before = sim.drift.before
    if before is None:
        return
    world = sim.world
    world.commands = {key: {**each, "version": str(sim.ids.next())} for key, each in before.commands.items()}
    world.applications = before.applications
    world.channels = before.channels
    world.guild_members.update(before.members)
    sim.refused_tokens = before.refused_tokens
    sim.uploads.most_bytes = None
    sim.drift.clear()
    tell_of_new_index(sim)


def _as_it_is(sim: Simulation) -> Before:
    world = sim.world
    return Before(
        commands=deepcopy(world.commands),
        applications=dict(world.applications),
        channels=dict(world.channels),
        members={guild: set(members) for guild, members in world.guild_members.items()},
        refused_tokens=set(sim.refused_tokens),
    )


def _renew(sim: Simulation, old: Mapping[int, Json]) -> None:
    """Give a new version to each command that has changed."""
    for key, command in sim.world.commands.items():
        if old.get(key) != command:
            command["version"] = str(sim.ids.next())
