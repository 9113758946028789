"""Messages as the wire shows them (Discord's docs and discord-userdoccers, "Message")."""

import re
from dataclasses import replace

from bridge.sandbox.attached import shown_components, shown_embeds
from bridge.sandbox.files import StoredFile
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, timestamp
from bridge.sandbox.world.guilds import view_member
from bridge.sandbox.world.messages import REPLY, Message
from bridge.sandbox.world.users import view_user

__all__ = ["view_file", "view_for_event", "view_message"]

MENTION = re.compile(r"<@!?(\d{1,20})>")


def view_message(sim: Simulation, message: Message) -> Json:
    """Show a message as REST does, with links that are signed now."""
    author = sim.world.users[message.author_id]
    return {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": message.kind,
        "author": view_user(author),
        "content": message.content,
        "timestamp": timestamp(message.created_ms),
        "edited_timestamp": timestamp(message.edited_ms) if message.edited_ms is not None else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": _mentioned(sim, message),
        "mention_roles": [],
        "attachments": [view_file(sim, each) for each in message.files],
        "embeds": shown_embeds(message, sim.links.sign),
        "components": shown_components(message, sim.links.sign),
        "pinned": False,
        "flags": message.flags,
        **_origin(message),
        **_reference(sim, message),
    }


def view_for_event(sim: Simulation, message: Message) -> Json:
    """Show a message as the gateway does; an ephemeral one says neither guild nor member."""
    seen = view_message(sim, message)
    if message.is_ephemeral:
        return seen
    guild = sim.world.guilds[sim.world.channels[message.channel_id].guild_id]
    return {**seen, "guild_id": str(guild.id), "member": view_member(guild)}


def view_file(sim: Simulation, stored: StoredFile) -> Json:
    """Show an attachment."""
    link = sim.links.sign(stored.path)
    size = {"width": stored.looks.width, "height": stored.looks.height} if stored.looks.width else {}
    return {
        "id": str(stored.id),
        "filename": stored.filename,
        "size": len(stored.content),
        "url": link,
        "proxy_url": link,
        "content_type": stored.looks.content_type,
        "content_scan_version": 2,
        **size,
    }


def _mentioned(sim: Simulation, message: Message) -> list[Json]:
    ids = dict.fromkeys(int(found) for found in MENTION.findall(message.content))
    return [view_user(sim.world.users[each]) for each in ids if each in sim.world.users]


def _origin(message: Message) -> Json:
    origin: Json = {}
    if message.application_id is not None:
        origin["application_id"] = str(message.application_id)
    if message.webhook_id is not None:
        origin["webhook_id"] = str(message.webhook_id)
    if message.interaction:
        origin["interaction_metadata"] = dict(message.interaction)
        if "name" in message.interaction:
            named = ("id", "type", "name", "user")
            origin["interaction"] = {key: message.interaction[key] for key in named}
    return origin


def _reference(sim: Simulation, message: Message) -> Json:
    if message.reply_to is None:
        return {}
    channel = sim.world.channels[message.channel_id]
    answered = sim.world.message(channel.id, message.reply_to)
    pointer = {
        "type": 0,
        "message_id": str(message.reply_to),
        "channel_id": str(channel.id),
        "guild_id": str(channel.guild_id),
    }
    if message.kind != REPLY:
        return {"message_reference": pointer}
    quoted = view_message(sim, replace(answered, reply_to=None)) if answered is not None else None
    return {"message_reference": pointer, "referenced_message": quoted}
