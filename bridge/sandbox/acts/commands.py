"""Commands come, change and go; the index of those who see them follows."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.sandbox.audience import tell_guild
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["Scope", "define", "redefine", "remove", "replace_all", "tell_of_new_index"]


@dataclass(frozen=True)
class Scope:
    """Where commands of an application are: in one guild, or everywhere for None."""

    application_id: int
    guild_id: int | None

    def commands(self, sim: Simulation) -> list[Json]:
        """Return the commands that were defined here."""
        own = [each for each in sim.world.commands.values() if each["application_id"] == self.owner]
        return [each for each in own if each.get("guild_id") == self.place]

    @property
    def owner(self) -> str:
        """Return the application's id as the wire has it."""
        return str(self.application_id)

    @property
    def place(self) -> str | None:
        """Return the guild's id as the wire has it."""
        return None if self.guild_id is None else str(self.guild_id)


def define(sim: Simulation, scope: Scope, form: Json) -> tuple[Json, bool]:
    """Add a command or overwrite the one with its name; tell whether it is new."""
    old = _named(scope.commands(sim), form)
    command = _keep(sim, scope, form, old)
    tell_of_new_index(sim, scope.guild_id)
    return command, old is None


def replace_all(sim: Simulation, scope: Scope, forms: Sequence[Json]) -> list[Json]:
    """Let these commands be all; what has not changed keeps its version too."""
    old = scope.commands(sim)
    for command in old:
        del sim.world.commands[int(command["id"])]
    kept = [_keep(sim, scope, form, _named(old, form)) for form in forms]
    tell_of_new_index(sim, scope.guild_id)
    return kept


def redefine(sim: Simulation, command: Json, changes: Json) -> Json:
    """Change a command; clients must send its new version from now on."""
    changed = {**command, **changes, "version": str(sim.ids.next())}
    sim.world.commands[int(command["id"])] = changed
    tell_of_new_index(sim, int(command["guild_id"]) if "guild_id" in command else None)
    return changed


def remove(sim: Simulation, command: Json) -> None:
    """Take a command away."""
    del sim.world.commands[int(command["id"])]
    tell_of_new_index(sim, int(command["guild_id"]) if "guild_id" in command else None)


def tell_of_new_index(sim: Simulation, guild_id: int | None = None, *, quietly: bool = False) -> None:
    """Give the index a new version and tell the members of the guild, or of all guilds."""
    sim.world.index_version = sim.ids.next()
    for guild in [] if quietly else sim.world.guilds.values():
        if guild_id in (None, guild.id):
            tell_guild(sim, guild, "GUILD_APPLICATION_COMMAND_INDEX_UPDATE", {"guild_id": str(guild.id)})


def _named(commands: Sequence[Json], form: Json) -> Json | None:
    same = (each for each in commands if (each["type"], each["name"]) == (form["type"], form["name"]))
    return next(same, None)


def _keep(sim: Simulation, scope: Scope, form: Json, old: Json | None) -> Json:
    placed: Json = {"dm_permission": True} if scope.place is None else {"guild_id": scope.place}
    said = {**placed, **form}
    if old is not None and {**old, **said} == old:
        command = old
    else:
        new_id = old["id"] if old is not None else str(sim.ids.next())
        fixed = {"id": new_id, "application_id": scope.owner, "version": str(sim.ids.next())}
        command = {**fixed, **said}
    sim.world.commands[int(command["id"])] = command
    return command
