"""What a server offers of bots' commands, as values: Discord's command index, read once; pure.

An absent limit is None. `name` is the name that is sent; `shown` the one that a person reads, which differs
where the bot translates its commands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

SUB_COMMAND: Final = 1
SUB_COMMAND_GROUP: Final = 2
STRING: Final = 3
INTEGER: Final = 4
BOOLEAN: Final = 5
NUMBER: Final = 10
ATTACHMENT: Final = 11
CHAT_INPUT: Final = 1
PREFERRED: Final = "pixverse"
"""The name of the bot, in lower case: if several bots have a command, the one of this bot is meant."""


def plain(name: str) -> str:
    """Return a name in the form in which names are compared: lower case, `_` for `-`."""
    return name.replace("-", "_").casefold()


@dataclass(frozen=True, slots=True)
class OfferedChoice:
    """A value that an option takes; `names` are what a person may call it."""

    value: str | int | float
    names: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """Return the value as text."""
        return str(self.value)

    def is_called(self, name: str) -> bool:
        """Return whether a value of the API means this choice."""
        return name.casefold() in {self.shown.casefold(), *(each.casefold() for each in self.names)}


@dataclass(frozen=True, slots=True)
class OfferedOption:
    """An option of a command; `kind` is Discord's number. `options` are those of a subcommand or a group."""

    name: str
    kind: int | None
    is_required: bool = False
    least: float | None = None
    most: float | None = None
    shortest: int | None = None
    longest: int | None = None
    choices: tuple[OfferedChoice, ...] = ()
    options: tuple["OfferedOption", ...] = ()
    about: str = ""

    @property
    def is_nested(self) -> bool:
        """Return whether it is a subcommand, or a group of them."""
        return self.kind in (SUB_COMMAND, SUB_COMMAND_GROUP)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a server's moderators have allowed or forbidden: to the account, its roles, and in channels."""

    user: bool | None = None
    roles: Mapping[str, bool] = field(default_factory=dict)
    channels: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfferedCommand:
    """A command; `position` is its place in the index. `contexts` None: it can be used everywhere.

    `needed` are the permissions that a member needs, None if everybody may use it.
    """

    position: int
    application: str | None
    name: str
    shown: str
    kind: int | None = CHAT_INPUT
    options: tuple[OfferedOption, ...] = ()
    is_age_restricted: bool = False
    contexts: tuple[int, ...] | None = None
    needed: int | None = None
    rights: Rights = Rights()
    about: str = ""

    @property
    def is_slash(self) -> bool:
        """Return whether it is typed with a slash, not chosen from the menu of a user or a message."""
        return self.kind in (CHAT_INPUT, None)

    def is_named(self, name: str) -> bool:
        """Return whether it is the slash command of that name."""
        return self.is_slash and name in (self.name, self.shown)

    def option(self, name: str) -> OfferedOption | None:
        """Return the option of that name."""
        return next((each for each in self.options if plain(each.name) == plain(name)), None)


@dataclass(frozen=True, slots=True)
class OfferedApplication:
    """A bot of the server."""

    id: str
    name: str
    rights: Rights = Rights()


@dataclass(frozen=True, slots=True)
class OfferedIndex:
    """All commands of a server, with their bots."""

    applications: Sequence[OfferedApplication] = ()
    commands: Sequence[OfferedCommand] = ()

    def named(self, name: str, application_id: str | None) -> Sequence[OfferedCommand]:
        """Return the commands of a name, of one bot or of any; the one that is run comes first."""
        named = [each for each in self.commands if each.is_named(name)]
        if application_id is not None:
            return [each for each in named if each.application == application_id]
        return sorted(named, key=lambda each: self.name_of(each.application).casefold() != PREFERRED)

    def application(self, application_id: str | None) -> OfferedApplication | None:
        """Return a bot by its id."""
        return next((each for each in self.applications if each.id == application_id), None)

    def name_of(self, application_id: str | None) -> str:
        """Return the name of a bot, empty if it is not known."""
        found = self.application(application_id)
        return found.name if found is not None else ""
