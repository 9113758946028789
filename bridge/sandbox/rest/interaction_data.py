"""The `data` of an interaction, from what a user sends to what a bot hears (discord-userdoccers)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.components import find_component
from bridge.sandbox.errors import MISSING_PERMISSIONS, UNKNOWN_MESSAGE, ApiError, form_error
from bridge.sandbox.interactions import COMMAND, COMPONENT, MODAL_SUBMIT
from bridge.sandbox.rest.call import Call
from bridge.sandbox.rest.modals import fill_in
from bridge.sandbox.rest.options import check_options, stale_version
from bridge.sandbox.rest.resolving import Resolver
from bridge.sandbox.wire import Json, as_snowflake
from bridge.sandbox.world.world import Channel

__all__ = ["READERS", "Request"]

CHAT_INPUT = 1


@dataclass(frozen=True)
class Request:
    """What was read: the bot's `data`, and the message or interaction that this one follows."""

    data: Json
    message_id: int | None = None
    modal_of: int | None = None


def read_command(call: Call, channel: Channel) -> Request:
    """Read a slash command: its version must be the present one."""
    given = _data(call)
    command = call.sim.world.commands.get(as_snowflake(given.get("id")) or 0)
    if command is None or command["application_id"] != str(call.fields.get("application_id")):
        raise form_error(["data", "id"], "INTERACTION_APPLICATION_COMMAND_INVALID", "Unknown command")
    names = (command["name"], call.sim.drift.shown.get(command["id"]))
    if str(given.get("version")) != command["version"] or given.get("name") not in names:
        raise stale_version()
    if command.get("permissions", {}).get("user") is False:
        raise ApiError(MISSING_PERMISSIONS)
    resolver = Resolver(call, channel, given)
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if command["type"] == CHAT_INPUT:
        data["options"] = resolver.options(check_options(command, given), ["data"])
    else:
        resolver.target(command["type"], given.get("target_id"))
        data["target_id"] = str(given["target_id"])
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return Request(_with_resolved(data, resolver))


def read_component(call: Call, channel: Channel) -> Request:
    """Read the press of a button: it must be there in that message."""
    given = _data(call)
    message_id = as_snowflake(call.fields.get("message_id")) or 0
    message = call.sim.world.message(channel.id, message_id)
    if message is None or not _sees(call, message.interaction, is_ephemeral=message.is_ephemeral):
        raise ApiError(UNKNOWN_MESSAGE)
    component = find_component(message.components, given.get("custom_id"))
    fits = component is not None and component.get("type") == given.get("component_type")
    if component is None or not fits or component.get("disabled") or message.author_id != _application(call):
        raise form_error(["data"], "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    data: Json = {
        "custom_id": component["custom_id"],
        "component_type": component["type"],
        "id": component["id"],
    }
    resolver = Resolver(call, channel, given)
    if isinstance(given.get("values"), list):
        _check_values(component, given["values"])
        data["values"] = resolver.selected(component["type"], given["values"], ["data", "values"])
    return Request(_with_resolved(data, resolver), message_id)


def read_modal(call: Call, channel: Channel) -> Request:
    """Read a submitted modal: it must have been shown to this user, and each input must fit."""
    given = _data(call)
    modal = call.sim.interactions.offered(as_snowflake(given.get("id")))
    if (
        modal is None
        or modal.custom_id != given.get("custom_id")
        or modal.interaction.user_id != call.author.id
    ):
        raise form_error(["data", "custom_id"], "MODAL_CUSTOM_ID_INVALID", "Unknown modal")
    resolver = Resolver(call, channel, given)
    components = fill_in(modal.components, given.get("components"), resolver)
    data: Json = {"custom_id": modal.custom_id, "components": components}
    answered = modal.interaction
    return Request(_with_resolved(data, resolver), answered.message_id, answered.id)


READERS: Mapping[int, Callable[[Call, Channel], Request]] = {
    COMMAND: read_command,
    COMPONENT: read_component,
    MODAL_SUBMIT: read_modal,
}


def _data(call: Call) -> Json:
    given = call.fields.get("data")
    if not isinstance(given, dict):
        raise form_error(["data"], "BASE_TYPE_REQUIRED", "This field is required")
    return given


def _application(call: Call) -> int | None:
    return as_snowflake(call.fields.get("application_id"))


def _sees(call: Call, interaction: Mapping[str, Any], *, is_ephemeral: bool) -> bool:
    return not is_ephemeral or interaction["user"]["id"] == str(call.author.id)


def _with_resolved(data: Json, resolver: Resolver) -> Json:
    return {**data, "resolved": resolver.resolved} if resolver.resolved else data


def _check_values(component: Json, values: list[Any]) -> None:
    """Refuse values that a select menu does not offer, and too few or too many of them."""
    offered = [each.get("value") for each in component.get("options", [])]
    least, most = component.get("min_values", 1), component.get("max_values", 1)
    fits = least <= len(values) <= most and (not offered or all(each in offered for each in values))
    if not fits:
        raise form_error(["data"], "COMPONENT_VALIDATION_FAILED", "Component validation failed")
