"""POST /interactions: a user's command, button press or modal (discord-userdoccers, "Create Interaction")."""

from functools import partial

from bridge.sandbox.acts.answers import metadata
from bridge.sandbox.acts.starting import hand_over, new_interaction_token, player_for
from bridge.sandbox.audience import tell_session
from bridge.sandbox.errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    UNKNOWN_APPLICATION,
    UNKNOWN_CHANNEL,
    ApiError,
    form_error,
)
from bridge.sandbox.interactions import COMMAND, Interaction
from bridge.sandbox.payload import interaction_payload
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.rest.interaction_data import READERS, Request
from bridge.sandbox.rest.throttling import throttled
from bridge.sandbox.wire import as_snowflake
from bridge.sandbox.world.guilds import USE_APPLICATION_COMMANDS
from bridge.sandbox.world.world import Channel

__all__ = ["create_interaction"]

MOST_NONCE = 25
THROTTLED_S = 2.0


async def create_interaction(call: Call) -> Reply:
    """Accept an interaction, tell the session that was named, hand it to the bot after the answer."""
    channel = _channel(call)
    _check_permitted(call, channel)
    application_id = _application(call)
    nonce = _nonce(call)
    kind = call.fields.get("type")
    read = READERS.get(kind) if isinstance(kind, int) else None
    if read is None or not isinstance(kind, int):
        raise form_error(["type"], "BASE_TYPE_CHOICES", "Value must be one of {2, 3, 5}.")
    request = read(call, channel)
    interaction = Interaction(
        id=call.sim.ids.next(),
        token=new_interaction_token(call.sim),
        kind=kind,
        application_id=application_id,
        user_id=call.author.id,
        guild_id=channel.guild_id,
        channel_id=channel.id,
        session_id=call.fields.get("session_id"),
        nonce=nonce,
        data=request.data,
        created_ms=call.sim.clock.now_ms(),
        message_id=request.message_id,
        triggered_by=_trigger(call, request),
    )
    await _accept(call, interaction, request.modal_of)
    return Reply(204)


async def _accept(call: Call, interaction: Interaction, modal_of: int | None) -> None:
    sim = call.sim
    player = player_for(sim, interaction.application_id)
    if player is not None:
        interaction.words = player.words(interaction.kind, interaction.data)
    if interaction.words.has("throttled"):
        raise throttled(THROTTLED_S)
    sim.interactions.keep(interaction)
    sim.interactions.close(modal_of)
    if call.entry is not None:
        call.entry.interaction_id = interaction.id
    created = {"id": str(interaction.id), "nonce": interaction.nonce}
    tell_session(sim, interaction.session_id, "INTERACTION_CREATE", created)
    if interaction.words.has("early"):
        await _play_early(call, interaction)
    else:
        call.afterwards.append(partial(hand_over, sim, interaction))


async def _play_early(call: Call, interaction: Interaction) -> None:
    """Let the bot finish before the request is answered; its first answer is heard last."""
    interaction.late = []
    if call.sim.player is not None:
        await call.sim.player.play(interaction_payload(call.sim, interaction))
    call.afterwards.extend(interaction.late)


def _trigger(call: Call, request: Request) -> dict[str, object] | None:
    modal_of = call.sim.interactions.get(request.modal_of)
    return metadata(call.sim, modal_of) if modal_of is not None else None


def _channel(call: Call) -> Channel:
    channel = call.sim.world.channels.get(as_snowflake(call.fields.get("channel_id")) or 0)
    if channel is None:
        raise ApiError(UNKNOWN_CHANNEL)
    if not call.sim.world.sees(call.author.id, channel):
        raise ApiError(MISSING_ACCESS)
    if as_snowflake(call.fields.get("guild_id")) != channel.guild_id:
        raise form_error(["guild_id"], "GUILD_MISMATCH", "The channel is not in this guild")
    return channel


def _check_permitted(call: Call, channel: Channel) -> None:
    """Refuse commands of people who may use none here, or whom a moderator has timed out."""
    is_timed_out = "communication_disabled_until" in call.sim.drift.memberships.get(call.author.id, {})
    is_denied = call.sim.world.denies(channel, USE_APPLICATION_COMMANDS)
    if is_timed_out or (is_denied and call.fields.get("type") == COMMAND):
        raise ApiError(MISSING_PERMISSIONS)


def _application(call: Call) -> int:
    application_id = as_snowflake(call.fields.get("application_id"))
    if application_id is None or application_id not in call.sim.world.applications:
        raise ApiError(UNKNOWN_APPLICATION)
    return application_id


def _nonce(call: Call) -> str | None:
    nonce = call.fields.get("nonce")
    if nonce is None:
        return None
    if len(str(nonce)) > MOST_NONCE:
        raise form_error(["nonce"], "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_NONCE} or fewer in length.")
    return str(nonce)
