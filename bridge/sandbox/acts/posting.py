"""Messages in a channel: posted, edited, deleted, by whoever may (Discord's docs, "Message")."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bridge.sandbox.acts.composing import compose, flags_in, revise
from bridge.sandbox.audience import tell_channel, tell_thread_members, tell_user
from bridge.sandbox.errors import (
    MISSING_PERMISSIONS,
    NOT_YOUR_MESSAGE,
    THREAD_ARCHIVED,
    UNKNOWN_MESSAGE,
    ApiError,
)
from bridge.sandbox.files import Upload
from bridge.sandbox.message_view import view_for_event
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, as_snowflake
from bridge.sandbox.world.guilds import SEND_MESSAGES, TextChannel
from bridge.sandbox.world.messages import EPHEMERAL, REPLY, Message
from bridge.sandbox.world.threads import Thread
from bridge.sandbox.world.users import User
from bridge.sandbox.world.world import Channel

__all__ = ["announce", "delete", "edit", "post", "save"]


def post(sim: Simulation, author: User, channel: Channel, body: Json, uploads: list[Upload]) -> Message:
    """Post a message, as a reply if the body holds a `message_reference`."""
    _check_may_talk(author, channel)
    blank = _blank(sim, author, channel, body)
    message = compose(sim, blank, body, uploads)
    nonce = body.get("nonce")
    save(sim, message)
    announce(sim, message, "MESSAGE_CREATE", None if nonce is None else (author.id, str(nonce)))()
    return message


def edit(
    sim: Simulation, author: User, channel: Channel, message_id: int, body: Json, uploads: list[Upload]
) -> Message:
    """Edit a message of one's own."""
    message = _found(sim, channel, message_id)
    if message.author_id != author.id:
        raise ApiError(NOT_YOUR_MESSAGE)
    if isinstance(channel, Thread) and channel.is_archived:
        raise ApiError(THREAD_ARCHIVED)
    changed = revise(sim, message, body, uploads)
    save(sim, changed)
    announce(sim, changed, "MESSAGE_UPDATE")()
    return changed


def delete(sim: Simulation, author: User, channel: Channel, message_id: int) -> None:
    """Delete a message of one's own."""
    message = _found(sim, channel, message_id)
    if message.author_id != author.id:
        raise ApiError(MISSING_PERMISSIONS)
    sim.world.histories[channel.id].drop(message_id)
    gone = {"id": str(message_id), "channel_id": str(channel.id), "guild_id": str(channel.guild_id)}
    tell_channel(sim, channel, "MESSAGE_DELETE", gone, {})


def save(sim: Simulation, message: Message) -> None:
    """Store a message; a message in an archived thread opens the thread again."""
    sim.world.keep_message(message)
    channel = sim.world.channels[message.channel_id]
    if isinstance(channel, Thread) and channel.is_archived:
        opened = sim.world.archive(channel, sim.clock.now_ms(), archived=False)
        tell_thread_members(sim, opened, "THREAD_UPDATE")


def announce(
    sim: Simulation, message: Message, name: str, nonce: tuple[int, str] | None = None
) -> Callable[[], None]:
    """Return the act of telling about a message as it is now; `nonce` is for its user's sessions alone."""
    seen = view_for_event(sim, message)
    own = {nonce[0]: {**seen, "nonce": nonce[1]}} if nonce is not None else {}
    if message.is_ephemeral:
        user_id = _acting_user_id(message)
        return partial(tell_user, sim, user_id, name, own.get(user_id, seen))
    return partial(tell_channel, sim, sim.world.channels[message.channel_id], name, seen, own)


def _check_may_talk(author: User, channel: Channel) -> None:
    if author.is_bot:
        return
    if isinstance(channel, TextChannel) and channel.denied & SEND_MESSAGES:
        raise ApiError(MISSING_PERMISSIONS)
    if isinstance(channel, Thread) and channel.is_locked:
        raise ApiError(THREAD_ARCHIVED)


def _acting_user_id(message: Message) -> int:
    user = message.interaction["user"]
    return int(user["id"]) if isinstance(user, dict) else 0


def _blank(sim: Simulation, author: User, channel: Channel, body: Json) -> Message:
    reply_to = _reply_to(sim, channel, body.get("message_reference"))
    flags = flags_in(body) & ~EPHEMERAL
    message = Message(sim.ids.next(), channel.id, author.id, sim.clock.now_ms(), flags=flags)
    return message if reply_to is None else replace(message, kind=REPLY, reply_to=reply_to)


def _reply_to(sim: Simulation, channel: Channel, reference: object) -> int | None:
    if not isinstance(reference, dict):
        return None
    message_id = as_snowflake(reference.get("message_id"))
    if message_id is not None and sim.world.histories[channel.id].find(message_id) is not None:
        return message_id
    if reference.get("fail_if_not_exists", True):
        raise ApiError(UNKNOWN_MESSAGE)
    return None


def _found(sim: Simulation, channel: Channel, message_id: int) -> Message:
    message = sim.world.histories[channel.id].find(message_id)
    if message is None:
        raise ApiError(UNKNOWN_MESSAGE)
    return message
