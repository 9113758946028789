"""What a bot says later with the token of an interaction (Discord's docs, "Create Followup Message")."""

from dataclasses import replace

from bridge.sandbox.acts.answers import metadata
from bridge.sandbox.acts.composing import compose, flags_in, revise
from bridge.sandbox.acts.posting import announce, delete, save
from bridge.sandbox.errors import INVALID_WEBHOOK_TOKEN, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, ApiError
from bridge.sandbox.files import Upload
from bridge.sandbox.interactions import TOKEN_LIFE_MS, Interaction, Progress
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json, as_snowflake
from bridge.sandbox.world.messages import LOADING, REPLY, Message

__all__ = ["ORIGINAL", "delete_with_token", "edit_with_token", "find_with_token", "follow_up"]

ORIGINAL = "@original"


def follow_up(sim: Simulation, application_id: int, token: str, body: Json, uploads: list[Upload]) -> Message:
    """Send a further message; while the answer is only deferred, this fills it instead."""
    interaction = _usable(sim, application_id, token)
    original = sim.world.message(interaction.channel_id, interaction.original_id or 0)
    if original is not None and original.flags & LOADING:
        return _change(sim, original, body, uploads)
    message = compose(sim, _blank(sim, interaction, flags_in(body)), body, uploads)
    save(sim, message)
    announce(sim, message, "MESSAGE_CREATE")()
    return message


def edit_with_token(
    sim: Simulation, application_id: int, token: str, which: str, body: Json, uploads: list[Upload]
) -> Message:
    """Edit the first answer (`@original`) or a follow-up."""
    return _change(sim, find_with_token(sim, application_id, token, which), body, uploads)


def find_with_token(sim: Simulation, application_id: int, token: str, which: str) -> Message:
    """Return the first answer (`@original`) or a follow-up."""
    interaction = _usable(sim, application_id, token)
    message_id = interaction.original_id if which == ORIGINAL else as_snowflake(which)
    message = sim.world.message(interaction.channel_id, message_id) if message_id is not None else None
    if message is None or message.author_id != application_id:
        raise ApiError(UNKNOWN_MESSAGE)
    return message


def delete_with_token(sim: Simulation, application_id: int, token: str, which: str) -> None:
    """Delete the first answer (`@original`) or a follow-up."""
    message = find_with_token(sim, application_id, token, which)
    if message.is_ephemeral:
        sim.world.ephemerals[message.channel_id].drop(message.id)
        return
    author = sim.world.users[message.author_id]
    delete(sim, author, sim.world.channels[message.channel_id], message.id)


def _usable(sim: Simulation, application_id: int, token: str) -> Interaction:
    interaction = sim.interactions.with_token(application_id, token)
    if interaction is None or interaction.progress is not Progress.ANSWERED:
        raise ApiError(UNKNOWN_WEBHOOK)
    if sim.clock.now_ms() > interaction.created_ms + TOKEN_LIFE_MS:
        raise ApiError(INVALID_WEBHOOK_TOKEN)
    return interaction


def _change(sim: Simulation, message: Message, body: Json, uploads: list[Upload]) -> Message:
    changed = revise(sim, message, body, uploads)
    save(sim, changed)
    announce(sim, changed, "MESSAGE_UPDATE")()
    return changed


def _blank(sim: Simulation, interaction: Interaction, flags: int) -> Message:
    original = sim.world.message(interaction.channel_id, interaction.original_id or 0)
    said = metadata(sim, interaction)
    message = Message(
        id=sim.ids.next(),
        channel_id=interaction.channel_id,
        author_id=interaction.application_id,
        created_ms=sim.clock.now_ms(),
        flags=flags,
        application_id=interaction.application_id,
        webhook_id=interaction.application_id,
        interaction=said,
    )
    if original is None or original.is_ephemeral:
        return message
    told = {**said, "original_response_message_id": str(original.id)}
    return replace(message, kind=REPLY, reply_to=original.id, interaction=told)
