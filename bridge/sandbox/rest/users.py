"""Users and the gateway's address (Discord's docs, "User", "Gateway")."""

from bridge.sandbox.errors import BOTS_ONLY, UNKNOWN_USER, ApiError
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.rest.guilds import own_guild
from bridge.sandbox.world.users import view_self, view_user

__all__ = ["get_gateway", "get_gateway_bot", "get_me", "get_user", "list_guilds"]

STARTS, STARTS_WITHIN_MS = 1000, 24 * 3600 * 1000


async def get_me(call: Call) -> Reply:
    """GET /users/@me."""
    more = {"analytics_token": "sandbox"} if call.query.get("with_analytics_token") == "true" else {}
    return Reply(200, {**view_self(call.author), **more})


async def get_user(call: Call) -> Reply:
    """GET /users/{user_id}."""
    user = call.sim.world.users.get(call.number("user_id"))
    if user is None:
        raise ApiError(UNKNOWN_USER)
    return Reply(200, view_user(user))


async def list_guilds(call: Call) -> Reply:
    """GET /users/@me/guilds."""
    guilds = call.sim.world.guilds_of(call.author.id)
    return Reply(200, [own_guild(each, call.author.id) for each in guilds])


async def get_gateway(call: Call) -> Reply:
    """GET /gateway."""
    return Reply(200, {"url": call.sim.gateway_url})


async def get_gateway_bot(call: Call) -> Reply:
    """GET /gateway/bot: how often the bot may identify in a day, and how often it has."""
    if not call.author.is_bot:
        raise ApiError(BOTS_ONLY)
    used = call.sim.hub.starts_of(call.author.id)
    limit = {
        "total": STARTS,
        "remaining": max(0, STARTS - used),
        "reset_after": STARTS_WITHIN_MS if used else 0,
        "max_concurrency": 1,
    }
    return Reply(200, {"url": call.sim.gateway_url, "shards": 1, "session_start_limit": limit})
