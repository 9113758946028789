"""Guilds: which commands there are (discord-userdoccers, "Application Command Index")."""

from bridge.sandbox.errors import MISSING_ACCESS, UNKNOWN_GUILD, ApiError
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["get_command_index", "get_own_command_index"]


async def get_command_index(call: Call) -> Reply:
    """GET /guilds/{guild_id}/application-command-index."""
    guild = call.sim.world.guilds.get(call.number("guild_id"))
    if guild is None:
        raise ApiError(UNKNOWN_GUILD)
    if call.author.id not in call.sim.world.guild_members[guild.id]:
        raise ApiError(MISSING_ACCESS)
    return Reply(200, _index(call.sim))


async def get_own_command_index(call: Call) -> Reply:
    """GET /users/@me/application-command-index: nothing is installed to the account itself."""
    return Reply(200, {**_index(call.sim), "applications": [], "application_commands": []})


def _index(sim: Simulation) -> Json:
    applications = [
        {
            "id": str(each.id),
            "name": each.name,
            "description": "Videos from prompts",
            "icon": None,
            "bot_id": str(each.id),
            "flags": "0",
        }
        for each in sim.world.applications.values()
    ]
    commands = list(sim.world.commands.values())
    return {
        "applications": applications,
        "application_commands": commands,
        "version": str(sim.world.index_version),
    }
