"""Users and the gateway's address (Discord's docs, "User", "Gateway")."""

from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.world.users import view_self

__all__ = ["get_gateway", "get_gateway_bot", "get_me"]


async def get_me(call: Call) -> Reply:
    """GET /users/@me."""
    more = {"analytics_token": "sandbox"} if call.query.get("with_analytics_token") == "true" else {}
    return Reply(200, {**view_self(call.author), **more})


async def get_gateway(call: Call) -> Reply:
    """GET /gateway."""
    return Reply(200, {"url": call.sim.gateway_url})


async def get_gateway_bot(call: Call) -> Reply:
    """GET /gateway/bot."""
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return Reply(200, {"url": call.sim.gateway_url, "shards": 1, "session_start_limit": limit})
