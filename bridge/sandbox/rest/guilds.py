"""Guilds: what is in them, which commands there are (discord-userdoccers, "Application Command Index")."""

from bridge.sandbox.errors import MISSING_ACCESS, UNKNOWN_GUILD, UNKNOWN_MEMBER, ApiError
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.wire import Json
from bridge.sandbox.world.guilds import (
    BOOSTS,
    OF_EVERYONE,
    Guild,
    view_guild_properties,
    view_member,
    view_roles,
)
from bridge.sandbox.world.users import view_user

__all__ = [
    "get_command_index",
    "get_guild",
    "get_member",
    "get_own_command_index",
    "list_channels",
    "list_roles",
    "list_threads",
    "own_guild",
]


async def get_guild(call: Call) -> Reply:
    """GET /guilds/{guild_id}."""
    guild = _guild(call)
    more: Json = {"roles": view_roles(guild), "emojis": [], "stickers": []}
    if call.query.get("with_counts") in {"true", "1"}:
        more |= {"approximate_member_count": guild.member_count, "approximate_presence_count": 1}
    return Reply(200, {**view_guild_properties(guild), "premium_subscription_count": BOOSTS, **more})


async def list_channels(call: Call) -> Reply:
    """GET /guilds/{guild_id}/channels: without threads."""
    world, guild = call.sim.world, _guild(call)
    return Reply(200, [world.view_channel(each, call.author.id) for each in world.text_channels_of(guild)])


async def list_roles(call: Call) -> Reply:
    """GET /guilds/{guild_id}/roles."""
    return Reply(200, view_roles(_guild(call)))


async def get_member(call: Call) -> Reply:
    """GET /guilds/{guild_id}/members/{user_id}."""
    guild, user_id = _guild(call), call.number("user_id")
    if user_id not in call.sim.world.guild_members[guild.id]:
        raise ApiError(UNKNOWN_MEMBER)
    differs = call.sim.drift.memberships.get(user_id, {})
    return Reply(200, {**view_member(guild), **differs, "user": view_user(call.sim.world.users[user_id])})


async def list_threads(call: Call) -> Reply:
    """GET /guilds/{guild_id}/threads/active."""
    world, guild = call.sim.world, _guild(call)
    threads = [world.view_channel(each, call.author.id) for each in world.threads_of(call.author.id, guild)]
    members = [each["member"] for each in threads if "member" in each]
    return Reply(200, {"threads": threads, "members": members, "has_more": False})


async def get_command_index(call: Call) -> Reply:
    """GET /guilds/{guild_id}/application-command-index."""
    world, guild = call.sim.world, _guild(call)
    present = [each for each in world.applications.values() if each.id in world.guild_members[guild.id]]
    ids = {str(each.id) for each in present}
    commands = [
        call.sim.drift.view(each)
        for each in world.commands.values()
        if each["application_id"] in ids and each.get("guild_id") in (None, str(guild.id))
    ]
    applications = [
        {
            "id": str(each.id),
            "name": each.name,
            "description": each.description,
            "icon": None,
            "bot_id": str(each.id),
            "flags": "0",
        }
        for each in present
    ]
    body = {"applications": applications, "application_commands": commands}
    return Reply(200, {**body, "version": str(world.index_version)})


async def get_own_command_index(call: Call) -> Reply:
    """GET /users/@me/application-command-index: nothing is installed to the account itself."""
    version = str(call.sim.world.index_version)
    return Reply(200, {"applications": [], "application_commands": [], "version": version})


def own_guild(guild: Guild, user_id: int) -> Json:
    """Show a guild in the list of one's own."""
    seen = view_guild_properties(guild)
    shown = {name: seen[name] for name in ("id", "name", "icon", "banner", "features")}
    return {**shown, "owner": guild.owner_id == user_id, "permissions": OF_EVERYONE}


def _guild(call: Call) -> Guild:
    guild = call.sim.world.guilds.get(call.number("guild_id"))
    if guild is None:
        raise ApiError(UNKNOWN_GUILD)
    if call.author.id not in call.sim.world.guild_members[guild.id]:
        raise ApiError(MISSING_ACCESS)
    return guild
