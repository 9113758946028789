"""The first answer of a bot to an interaction (Discord's docs, "Create Interaction Response")."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from bridge.sandbox.acts.composing import compose, flags_in, revise
from bridge.sandbox.acts.posting import announce, save
from bridge.sandbox.audience import tell_session
from bridge.sandbox.components import settle_modal
from bridge.sandbox.errors import (
    ALREADY_ACKNOWLEDGED,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    ApiError,
    form_error,
)
from bridge.sandbox.files import Upload
from bridge.sandbox.interactions import COMMAND, MODAL_SUBMIT, Interaction, Modal, Progress
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json
from bridge.sandbox.world.messages import COMMAND_ANSWER, LOADING, REPLY, Message
from bridge.sandbox.world.users import view_user

__all__ = ["UNKNOWN_REASON", "answer", "fail", "metadata"]

UNKNOWN_REASON, TIMEOUT_REASON = 1, 2
DEFER_UPDATE, UPDATE, MODAL = 6, 7, 9
MOST_TITLE, MOST_CUSTOM_ID = 45, 100
Answer = Callable[[Simulation, Interaction, Json, list[Upload]], Message | None]


def answer(
    sim: Simulation, interaction_id: int, token: str, kind: object, data: Json, uploads: list[Upload]
) -> Message | None:
    """Answer an interaction once; return the message that came of it."""
    interaction = sim.interactions.find(interaction_id, token)
    if interaction is None or interaction.progress is Progress.FAILED:
        raise ApiError(UNKNOWN_INTERACTION)
    if interaction.progress is Progress.ANSWERED:
        raise ApiError(ALREADY_ACKNOWLEDGED)
    allowed = _allowed(interaction)
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in allowed:
        listed = ", ".join(map(str, allowed))
        raise form_error(["type"], "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
    act = ANSWERS[kind]
    message = act(sim, interaction, data, uploads)
    interaction.progress = Progress.ANSWERED
    return message


def fail(sim: Simulation, interaction: Interaction, reason: int = TIMEOUT_REASON) -> None:
    """Fail an interaction that is still waiting; its token is good for nothing then."""
    if interaction.progress is Progress.WAITING:
        interaction.progress = Progress.FAILED
        _tell_verdict(sim, interaction, "INTERACTION_FAILURE", {"reason_code": reason})


def metadata(sim: Simulation, interaction: Interaction) -> Json:
    """Return `interaction_metadata` of the messages that an interaction leads to."""
    said: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": view_user(sim.world.users[interaction.user_id]),
        "authorizing_integration_owners": {"0": str(interaction.guild_id)},
    }
    if interaction.kind == COMMAND:
        return {**said, "name": interaction.data["name"], "command_type": interaction.data["type"]}
    if interaction.triggered_by is not None:
        return {**said, "triggering_interaction_metadata": interaction.triggered_by}
    return {**said, "interacted_message_id": str(interaction.message_id)}


def _allowed(interaction: Interaction) -> list[int]:
    """Return the types of answer: an update needs a button before it, and no modal follows a modal."""
    unfit = {DEFER_UPDATE, UPDATE} if interaction.message_id is None else set[int]()
    if interaction.kind == MODAL_SUBMIT:
        unfit.add(MODAL)
    return [kind for kind in ANSWERS if kind not in unfit]


def _text(data: Json, name: str, most: int) -> str:
    given = data.get(name)
    if not isinstance(given, str) or not 1 <= len(given) <= most:
        raise form_error(["data", name], "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
    return given


def _say(sim: Simulation, interaction: Interaction, data: Json, uploads: list[Upload]) -> Message:
    blank = _blank(sim, interaction, flags_in(data))
    return _publish(sim, interaction, compose(sim, blank, data, uploads))


def _defer(sim: Simulation, interaction: Interaction, data: Json, _uploads: list[Upload]) -> Message:
    return _publish(sim, interaction, _blank(sim, interaction, flags_in(data) | LOADING))


def _defer_update(sim: Simulation, interaction: Interaction, _data: Json, _uploads: list[Upload]) -> Message:
    message = _pressed_message(sim, interaction)
    interaction.original_id = message.id
    _tell(interaction, _success(sim, interaction))
    return message


def _update(sim: Simulation, interaction: Interaction, data: Json, uploads: list[Upload]) -> Message:
    message = revise(sim, _pressed_message(sim, interaction), data, uploads)
    interaction.original_id = message.id
    save(sim, message)
    _tell(interaction, announce(sim, message, "MESSAGE_UPDATE"), _success(sim, interaction))
    return message


def _ask(sim: Simulation, interaction: Interaction, data: Json, _uploads: list[Upload]) -> None:
    """Show a modal; it is submitted as an interaction of its own."""
    title = _text(data, "title", MOST_TITLE)
    modal = Modal(interaction, _text(data, "custom_id", MOST_CUSTOM_ID), settle_modal(data.get("components")))
    sim.interactions.offer(modal)
    application = sim.world.applications[interaction.application_id]
    shown = {
        "id": str(interaction.id),
        "channel_id": str(interaction.channel_id),
        "nonce": interaction.nonce,
        "custom_id": modal.custom_id,
        "title": title,
        "components": list(modal.components),
        "application": {
            "id": str(application.id),
            "name": application.name,
            "description": application.description,
            "icon": None,
            "bot": view_user(sim.world.users[application.id]),
        },
    }
    name = "INTERACTION_MODAL_CREATE"
    _tell(interaction, partial(tell_session, sim, interaction.session_id, name, shown))


ANSWERS: Mapping[int, Answer] = {4: _say, 5: _defer, 6: _defer_update, 7: _update, 9: _ask}


def _publish(sim: Simulation, interaction: Interaction, message: Message) -> Message:
    interaction.original_id = message.id
    save(sim, message)
    nonce = (interaction.user_id, interaction.nonce) if interaction.nonce is not None else None
    _tell(interaction, announce(sim, message, "MESSAGE_CREATE", nonce), _success(sim, interaction))
    return message


def _tell(interaction: Interaction, *acts: Callable[[], None]) -> None:
    """Let the user hear of an answer, at once or when whoever holds it back lets go."""
    if interaction.late is not None:
        interaction.late.extend(acts)
        return
    for act in acts:
        act()


def _success(sim: Simulation, interaction: Interaction) -> Callable[[], None]:
    return partial(_tell_verdict, sim, interaction, "INTERACTION_SUCCESS", {})


def _blank(sim: Simulation, interaction: Interaction, flags: int) -> Message:
    message = Message(
        id=sim.ids.next(),
        channel_id=interaction.channel_id,
        author_id=interaction.application_id,
        created_ms=sim.clock.now_ms(),
        kind=COMMAND_ANSWER,
        flags=flags,
        application_id=interaction.application_id,
        webhook_id=interaction.application_id,
        interaction=metadata(sim, interaction),
    )
    if interaction.message_id is None:
        return message
    return replace(message, kind=REPLY, reply_to=interaction.message_id)


def _pressed_message(sim: Simulation, interaction: Interaction) -> Message:
    message_id = interaction.message_id
    message = sim.world.message(interaction.channel_id, message_id) if message_id is not None else None
    if message is None:
        raise ApiError(UNKNOWN_MESSAGE)
    return message


def _tell_verdict(sim: Simulation, interaction: Interaction, name: str, more: Json) -> None:
    verdict = {"id": str(interaction.id), "nonce": interaction.nonce, **more}
    tell_session(sim, interaction.session_id, name, verdict)
