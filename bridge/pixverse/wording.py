"""Translates a command to the bot's slash command and options."""

import hashlib
import json
from collections.abc import Mapping

from bridge.chat import File, SlashCommand
from bridge.jobs.command import Command, Upload, Value
from bridge.pixverse.profile import DEFAULT, Profile
from bridge.verbs.formats import ENDING
from bridge.verbs.row import FieldRow, Kind, VerbRow


class NotConfigured(Exception):
    """The configuration no longer has the verb of a command, or one of its fields; the text says which."""


def slash_command(command: Command, profile: Profile, files: Mapping[str, str]) -> SlashCommand:
    """Return the slash command for `command`; `files` has the path of a stored file by its key.

    Raises `NotConfigured`.
    """
    row = profile.verb(command.verb)
    if row is None or row.command is None:
        raise NotConfigured(f"The verb {command.verb} is not in the configuration any more")
    options = {}
    for name, value in sent_fields(command, row).items():
        field = row.field(name)
        if field is None:
            raise NotConfigured(f"The field {name} of {command.verb} is not in the configuration any more")
        options[field.option] = _file(field, value, files) if isinstance(value, Upload) else value
    return SlashCommand(application_id=profile.application_id, name=row.command, options=options)


def fingerprint(command: Command, parent: str | None, profile: Profile = DEFAULT) -> str:
    """Return a hash of everything that is sent to the bot; jobs with equal hashes are interchangeable."""
    sent = sent_fields(command, profile.verb(command.verb))
    fields = {name: _identity(value) for name, value in sent.items()}
    text = json.dumps({"verb": command.verb, "parent": parent, **fields}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def sent_fields(command: Command, row: VerbRow | None) -> dict[str, Value]:
    """Return the fields that are sent, with what the bot's options take for their values.

    A field that does not apply to the others is left out, such as a character without the style Anime.
    """
    rows = {field.name: field for field in row.fields} if row else {}
    return {
        name: _sent(rows.get(name), value)
        for name, value in command.values.items()
        if name not in rows or rows[name].applies(command.values)
    }


def _sent(field: FieldRow | None, value: Value) -> Value:
    return field.sent(value) if field and field.choices and isinstance(value, str) else value


def _file(field: FieldRow, value: Upload, files: Mapping[str, str]) -> File:
    stem = "video" if field.kind is Kind.VIDEO else "image"
    name = f"{stem}.{ENDING.get(value.type, 'bin')}"
    return File(filename=name, path=files[value.key], size=value.size, content_type=value.type)


def _identity(value: Value) -> str | int | float:
    return value.sha256 if isinstance(value, Upload) else value
