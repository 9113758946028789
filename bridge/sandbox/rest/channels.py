"""Channels and threads (Discord's docs, "Channel")."""

from dataclasses import replace

from bridge.sandbox.audience import tell_channel, tell_thread_members
from bridge.sandbox.errors import MISSING_PERMISSIONS, THREAD_ARCHIVED, ApiError
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.world.guilds import view_member
from bridge.sandbox.world.threads import Thread
from bridge.sandbox.world.users import view_user

__all__ = ["get_channel", "patch_channel", "type_in_channel"]


async def get_channel(call: Call) -> Reply:
    """GET /channels/{channel_id}."""
    return Reply(200, call.sim.world.view_channel(call.channel(), call.author.id))


async def patch_channel(call: Call) -> Reply:
    """PATCH /channels/{channel_id}: archives a thread or opens it again; a bot may lock it."""
    channel = call.channel()
    if not isinstance(channel, Thread):
        raise ApiError(MISSING_PERMISSIONS)
    locked = call.fields.get("locked", channel.is_locked)
    if channel.is_locked != locked and not call.author.is_bot:
        raise ApiError(MISSING_PERMISSIONS)
    if channel.is_locked and not call.author.is_bot:
        raise ApiError(THREAD_ARCHIVED)
    archived = call.fields.get("archived", channel.is_archived)
    if (archived, locked) != (channel.is_archived, channel.is_locked):
        channel = call.sim.world.archive(
            replace(channel, is_locked=bool(locked)), call.sim.clock.now_ms(), archived=bool(archived)
        )
        tell_thread_members(call.sim, channel, "THREAD_UPDATE")
    return Reply(200, call.sim.world.view_channel(channel, call.author.id))


async def type_in_channel(call: Call) -> Reply:
    """POST /channels/{channel_id}/typing."""
    channel = call.channel()
    typing = {
        "channel_id": str(channel.id),
        "guild_id": str(channel.guild_id),
        "user_id": str(call.author.id),
        "timestamp": call.sim.clock.now_ms() // 1000,
        "member": {
            **view_member(call.sim.world.guilds[channel.guild_id]),
            "user": view_user(call.author),
        },
    }
    tell_channel(call.sim, channel, "TYPING_START", typing, {})
    return Reply(204)
