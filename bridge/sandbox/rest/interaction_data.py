"""The `data` of an interaction, from what a user sends to what a bot hears (discord-userdoccers)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.components import TEXT_INPUT, find_component, walk
from bridge.sandbox.errors import UNKNOWN_MESSAGE, ApiError, form_error
from bridge.sandbox.interactions import COMMAND, COMPONENT, MODAL_SUBMIT
from bridge.sandbox.message_view import view_file
from bridge.sandbox.rest.call import Call
from bridge.sandbox.rest.files import upload_named
from bridge.sandbox.rest.options import check_options, stale_version
from bridge.sandbox.wire import Json, as_snowflake
from bridge.sandbox.world.commands import ATTACHMENT
from bridge.sandbox.world.world import Channel

__all__ = ["READERS", "Request"]


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
    if str(given.get("version")) != command["version"] or given.get("name") != command["name"]:
        raise stale_version()
    options = check_options(command, given)
    kept, resolved = _with_files(call, channel, given, options)
    data = {"id": command["id"], "name": command["name"], "type": 1, "options": kept}
    return Request({**data, "resolved": {"attachments": resolved}} if resolved else data)


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
    data = {"custom_id": component["custom_id"], "component_type": component["type"], "id": component["id"]}
    values = {"values": given["values"]} if "values" in given else {}
    return Request({**data, **values}, message_id)


def read_modal(call: Call, _channel: Channel) -> Request:
    """Read a submitted modal: it must have been shown to this user, and each input must fit."""
    given = _data(call)
    modal = call.sim.interactions.offered(as_snowflake(given.get("id")))
    if (
        modal is None
        or modal.custom_id != given.get("custom_id")
        or modal.interaction.user_id != call.author.id
    ):
        raise form_error(["data", "custom_id"], "MODAL_CUSTOM_ID_INVALID", "Unknown modal")
    typed = {
        str(each.get("custom_id")): each.get("value", "") for each in walk(given.get("components") or [])
    }
    for asked in walk(modal.components):
        if asked.get("type") == TEXT_INPUT:
            _check_input(asked, typed.get(asked["custom_id"], ""))
    answered = modal.interaction
    data = {"custom_id": modal.custom_id, "components": _filled(modal.components, typed)}
    return Request(data, answered.message_id, answered.id)


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


def _with_files(call: Call, channel: Channel, data: Json, options: list[Json]) -> tuple[list[Json], Json]:
    named = data.get("attachments")
    rows = [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []
    by_id = {str(each.get("id")): each for each in rows}
    kept: list[Json] = []
    resolved: Json = {}
    for index, option in enumerate(options):
        value = option["value"]
        if option["type"] == ATTACHMENT:
            path: list[str | int] = ["data", "options", index, "value"]
            value = _store(call, channel, by_id.get(str(value)), path, resolved)
        kept.append({"name": option["name"], "type": option["type"], "value": value})
    return kept, resolved


def _store(call: Call, channel: Channel, row: Json | None, path: list[str | int], resolved: Json) -> str:
    if row is None:
        raise form_error(path, "ATTACHMENT_NOT_FOUND", "Attachment not found")
    upload = upload_named(call, row, path)
    stored = call.sim.files.keep(call.sim.ids.next(), channel.id, upload, "ephemeral-attachments")
    resolved[str(stored.id)] = {**view_file(call.sim, stored), "ephemeral": True}
    return str(stored.id)


def _check_input(asked: Json, value: object) -> None:
    path = ["data", "components", asked["custom_id"]]
    if not isinstance(value, str):
        raise form_error(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    if not value and asked.get("required", True):
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
    most = asked.get("max_length", 4000)
    if len(value) > most:
        raise form_error(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def _filled(components: Any, typed: Mapping[Any, Any]) -> list[Json]:
    rows: list[Json] = []
    for each in components:
        row = {key: each[key] for key in ("type", "id", "custom_id") if key in each}
        if each.get("type") == TEXT_INPUT:
            row["value"] = typed.get(each["custom_id"], "")
        if "components" in each:
            row["components"] = _filled(each["components"], typed)
        if "component" in each:
            row["component"] = _filled([each["component"]], typed)[0]
        rows.append(row)
    return rows
