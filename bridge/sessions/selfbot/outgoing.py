"""Converts the bridge's interactions to Discord's payloads; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bridge.chat import ButtonPress, Channel, File, ModalSubmit, SlashCommand
from bridge.offered import CHAT_INPUT
from bridge.sessions.selfbot.components import BUTTON, LABEL, STRING_SELECT, TEXT_INPUT
from bridge.sessions.selfbot.options import values_of
from bridge.sessions.selfbot.raw_json import Raw, mapping, objects, text, whole

Payload: TypeAlias = dict[str, Any]

COMMAND: Final = 2
COMPONENT: Final = 3
MODAL: Final = 5
ACTION_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An uploaded file, by its name in Discord's storage."""

    filename: str
    stored_name: str


def command_payload(
    channel: Channel, command: Raw, asked: SlashCommand, uploads: Mapping[str, Uploaded]
) -> Payload:
    """Return the payload that runs `command` as `asked`, with uploaded files; raises `Unsendable`."""
    files = list(uploads)
    options = values_of(command, asked.options, {name: index for index, name in enumerate(files)})
    data: Payload = {
        "version": text(command, "version"),
        "id": text(command, "id"),
        "name": text(command, "name"),
        "type": CHAT_INPUT,
        "options": options,
        "application_command": command,
        "attachments": _attachments([uploads[name] for name in files]),
    }
    if guild := text(command, "guild_id"):
        data["guild_id"] = guild
    return _payload(COMMAND, channel, text(command, "application_id"), data)


def check(command: Raw, asked: SlashCommand) -> None:
    """Raise `Unsendable` if `command` cannot be run as `asked`; call it before files are uploaded."""
    values_of(command, asked.options, dict.fromkeys(files_of(asked), 0))


def press_payload(channel: Channel, press: ButtonPress) -> Payload:
    """Return the payload that presses a button, or chooses in a select menu."""
    data: Payload = {"component_type": BUTTON, "custom_id": press.custom_id}
    if press.value is not None:
        data |= {"component_type": STRING_SELECT, "values": [press.value]}
    message = {"message_flags": press.message_flags, "message_id": press.message_id}
    return {**_payload(COMPONENT, channel, press.application_id, data), **message}


def submit_payload(channel: Channel, submit: ModalSubmit) -> Payload:
    """Return the payload that submits a modal, with the structure of the offered rows."""
    modal = submit.modal
    values = {each.custom_id: submit.values.get(each.custom_id, each.value or "") for each in modal.inputs}
    rows = (_filled(row, values) for row in modal.rows)
    data = {"id": modal.id, "custom_id": modal.custom_id, "components": [row for row in rows if row]}
    return _payload(MODAL, channel, modal.application_id, data)


def files_of(asked: SlashCommand) -> dict[str, File]:
    """Return the files among a command's options, by option name."""
    return {name: value for name, value in asked.options.items() if isinstance(value, File)}


def command_of(payload: Mapping[str, Any]) -> Raw | None:
    """Return the command of a payload, None if it is not a slash command."""
    return mapping(payload["data"].get("application_command"))


def _payload(kind: int, channel: Channel, application_id: str | None, data: Payload) -> Payload:
    return {
        "type": kind,
        "application_id": application_id,
        "guild_id": channel.guild,
        "channel_id": channel.id,
        "data": data,
    }


def _attachments(uploads: Sequence[Uploaded]) -> list[Payload]:
    return [
        {"id": str(index), "filename": upload.filename, "uploaded_filename": upload.stored_name}
        for index, upload in enumerate(uploads)
    ]


def _filled(component: Raw, values: Mapping[str, str]) -> Payload | None:
    """Return a row with its values, without components that take no input (text, separators)."""
    kind = whole(component, "type")
    if kind == TEXT_INPUT:
        custom_id = text(component, "custom_id") or ""
        return {"type": kind, "custom_id": custom_id, "value": values.get(custom_id, "")}
    if kind == LABEL:
        inner = _filled(mapping(component.get("component")) or {}, values)
        return {"type": kind, "component": inner} if inner else None
    if kind == ACTION_ROW:
        filled = (_filled(each, values) for each in objects(component, "components"))
        return {"type": kind, "components": [each for each in filled if each]}
    return None
