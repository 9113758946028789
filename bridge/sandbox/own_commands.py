"""Commands that the simulated bot has beyond the built-in ones, as a list says them.

Each is an object as in Discord's documentation ("Application Command Structure"), and may have `videos`,
`buttons` and `repeats`, which say what the bot makes of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.acts.commands import Scope, define
from bridge.sandbox.bot.repertoire import USUAL, Play
from bridge.sandbox.errors import ApiError
from bridge.sandbox.rest.command_forms import read_command
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["BadCommand", "OwnCommand", "define_own", "read_own_commands"]

SLASH, MOST_COMMANDS, MOST_VIDEOS, MOST_LABEL = 1, 90, 10, 80
OWN_FIELDS = ("videos", "buttons", "repeats")


class BadCommand(ValueError):
    """A command that is not understood, in one sentence."""


@dataclass(frozen=True)
class OwnCommand:
    """A command: its definition, as Discord keeps it, and what the bot makes of it."""

    form: Json
    play: Play

    @property
    def name(self) -> str:
        """Return the name of the command."""
        name: str = self.form["name"]
        return name


def read_own_commands(given: object) -> tuple[OwnCommand, ...]:
    """Return the commands of a list; raises `BadCommand`. A description may be left out."""
    if not isinstance(given, list) or len(given) > MOST_COMMANDS:
        raise BadCommand(f"commands must be a list of at most {MOST_COMMANDS}")
    commands = tuple(_read(each, number) for number, each in enumerate(given, 1))
    names = [each.name for each in commands]
    for name in names:
        if names.count(name) > 1:
            raise BadCommand(f"two commands are called {name}")
    return commands


def define_own(sim: Simulation, application_id: int, commands: Sequence[OwnCommand]) -> None:
    """Define the commands everywhere; one with the name of a built-in command replaces it."""
    for each in commands:
        define(sim, Scope(application_id, None), each.form)


def _read(given: Any, number: int) -> OwnCommand:
    if not isinstance(given, dict):
        raise BadCommand(f"command {number} is not an object")
    form = {name: value for name, value in given.items() if name not in OWN_FIELDS}
    try:
        command = read_command({**_described(form), "options": _options(form)}, [])
    except ApiError as error:
        raise BadCommand(f"command {number} is refused by Discord: {_told(error)}") from None
    if command["type"] != SLASH:
        raise BadCommand(f"command {number} is no slash command")
    return OwnCommand(command, _play(given, number, [each["name"] for each in command["options"]]))


def _options(form: Json) -> object:
    options = form.get("options") or []
    if not isinstance(options, list):
        return options
    return [_described(each) if isinstance(each, dict) else each for each in options]


def _described(given: Json) -> Json:
    """Return a command or an option with a description: Discord demands one."""
    return {"description": str(given.get("name")), **given}


def _play(given: Json, number: int, options: Sequence[str]) -> Play:
    videos = given.get("videos", USUAL.videos)
    buttons = given.get("buttons", list(USUAL.buttons))
    repeats = given.get("repeats", [])
    if isinstance(videos, bool) or not isinstance(videos, int) or not 1 <= videos <= MOST_VIDEOS:
        raise BadCommand(f"command {number}: videos must be 1 to {MOST_VIDEOS}")
    if not isinstance(buttons, list) or not all(map(_is_label, buttons)):
        raise BadCommand(f"command {number}: buttons must be labels of 1 to {MOST_LABEL} characters")
    if not isinstance(repeats, list) or not all(each in options for each in repeats):
        raise BadCommand(f"command {number}: repeats must be names of its options")
    return Play(videos, tuple(buttons), tuple(repeats))


def _is_label(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MOST_LABEL


def _told(error: ApiError) -> str:
    """Return the first thing that is wrong, with its place: `options.0.name: Command name is invalid`."""
    at: Json = error.errors or {}
    path = []
    while "_errors" not in at and at:
        name, at = next(iter(at.items()))
        path.append(name)
    return ": ".join(filter(None, (".".join(path), *(each["message"] for each in at.get("_errors", [])))))
