"""Which fields of a command reach the bot."""

from bridge.jobs.command import Command, Upload


def sent_fields(command: Command) -> dict[str, str | int | Upload]:
    """Return the given fields that are sent: a character is only used with the style Anime."""
    given = {name: getattr(command, name) for name in command.__dataclass_fields__ if name != "verb"}
    return {
        name: value
        for name, value in given.items()
        if value is not None and (name != "character" or command.style == "Anime")
    }
