"""What bots do with interactions: the callback and the webhook of its token, which is all the authority."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bridge.sandbox.acts.answers import answer
from bridge.sandbox.acts.follow_ups import delete_with_token, edit_with_token, find_with_token, follow_up
from bridge.sandbox.errors import form_error
from bridge.sandbox.interactions import Interaction
from bridge.sandbox.message_view import view_message
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.rest.files import uploads_of
from bridge.sandbox.wire import Json
from bridge.sandbox.world.messages import EPHEMERAL, LOADING, Message

__all__ = ["create_callback", "create_follow_up", "delete_answer", "get_answer", "patch_answer"]

# Discord describes a resource for a message and for an update; of a deferral only `interaction` tells.
WITH_RESOURCE = frozenset({4, 7})


async def create_callback(call: Call) -> Reply:
    """POST /interactions/{interaction_id}/{token}/callback."""
    kind, data = call.fields.get("type"), call.fields.get("data") or {}
    if not isinstance(data, dict):
        raise form_error(["data"], "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    interaction = call.sim.interactions.find(call.number("interaction_id"), call.params["token"])
    owner_id = interaction.application_id if interaction is not None else 0
    uploads = uploads_of(_as_application(replace(call, body=data), owner_id))
    with _held_back(call, interaction):
        message = answer(call.sim, call.number("interaction_id"), call.params["token"], kind, data, uploads)
    if call.query.get("with_response", "").lower() not in {"true", "1"}:
        return Reply(204)
    return Reply(200, _callback(call, kind, message))


async def create_follow_up(call: Call) -> Reply:
    """POST /webhooks/{application_id}/{token}."""
    application_id, token = call.number("application_id"), call.params["token"]
    uploads = uploads_of(_as_application(call, application_id))
    message = follow_up(call.sim, application_id, token, call.fields, uploads)
    return Reply(200, view_message(call.sim, message))


async def get_answer(call: Call) -> Reply:
    """GET /webhooks/{application_id}/{token}/messages/{which}."""
    found = find_with_token(
        call.sim, call.number("application_id"), call.params["token"], call.params["which"]
    )
    return Reply(200, view_message(call.sim, found))


async def patch_answer(call: Call) -> Reply:
    """PATCH /webhooks/{application_id}/{token}/messages/{which}."""
    application_id, token, which = call.number("application_id"), call.params["token"], call.params["which"]
    uploads = uploads_of(_as_application(call, application_id))
    changed = edit_with_token(call.sim, application_id, token, which, call.fields, uploads)
    return Reply(200, view_message(call.sim, changed))


async def delete_answer(call: Call) -> Reply:
    """DELETE /webhooks/{application_id}/{token}/messages/{which}."""
    delete_with_token(call.sim, call.number("application_id"), call.params["token"], call.params["which"])
    return Reply(204)


@contextmanager
def _held_back(call: Call, interaction: Interaction | None) -> Iterator[None]:
    """Tell the user once the bot has its answer: libraries know of their views and modals only then."""
    if interaction is None:
        yield
        return
    interaction.late = []
    try:
        yield
    finally:
        call.afterwards.extend(interaction.late)
        interaction.late = None


def _as_application(call: Call, application_id: int) -> Call:
    """Return the call as the application's own: the token in the path is its authority."""
    return replace(call, user=call.sim.world.users.get(application_id))


def _callback(call: Call, kind: object, message: Message | None) -> Json:
    interaction = call.sim.interactions.get(call.number("interaction_id"))
    said: Json = {"id": call.params["interaction_id"], "type": interaction.kind if interaction else 0}
    if message is None:
        return {"interaction": said}
    told = {
        **said,
        "response_message_id": str(message.id),
        "response_message_loading": bool(message.flags & LOADING),
        "response_message_ephemeral": bool(message.flags & EPHEMERAL),
    }
    if kind not in WITH_RESOURCE:
        return {"interaction": told}
    return {"interaction": told, "resource": {"type": kind, "message": view_message(call.sim, message)}}
