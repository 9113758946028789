"""Translates a command to the bot's slash command and options."""

import hashlib
import json

from bridge.chat import File, SlashCommand
from bridge.jobs.command import Command, Upload
from bridge.pixverse.profile import Profile, Slash

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


def slash_command(command: Command, profile: Profile, files: dict[str, str]) -> SlashCommand:
    """Return the slash command for `command`; `files` returns the path of a stored file by its key."""
    row, fields = _row(command, profile), sent_fields(command)
    options = {option: _value(fields[name], files) for name, option in row.options if name in fields}
    return SlashCommand(application_id=profile.application_id, name=row.name, options=options)


def fingerprint(command: Command, parent: str | None) -> str:
    """Return a hash of everything that is sent to the bot; jobs with equal hashes are interchangeable."""
    fields = {name: _identity(value) for name, value in sent_fields(command).items()}
    text = json.dumps({"verb": command.verb, "parent": parent, **fields}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def sent_fields(command: Command) -> dict[str, str | int | Upload]:
    """Return the fields that are sent: a character only with the style Anime."""
    given = {name: getattr(command, name) for name in command.__dataclass_fields__ if name != "verb"}
    return {
        name: value
        for name, value in given.items()
        if value is not None and (name != "character" or command.style == "Anime")
    }


def _row(command: Command, profile: Profile) -> Slash:
    return next(row for row in profile.slashes if row.verb is command.verb)


def _value(value: str | int | Upload, files: dict[str, str]) -> str | int | File:
    if isinstance(value, Upload):
        name = f"image.{_ENDINGS.get(value.type, 'png')}"
        return File(filename=name, path=files[value.key], size=value.size, content_type=value.type)
    return value


def _identity(value: str | int | Upload) -> str | int:
    return value.sha256 if isinstance(value, Upload) else value
