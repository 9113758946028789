"""What stands of the drifts: other names, what members are, and how everything was before."""

from dataclasses import dataclass, field

from bridge.sandbox.wire import Json
from bridge.sandbox.world.world import Application, Channel

__all__ = ["Before", "DriftBoard"]


@dataclass(frozen=True)
class Before:
    """What drifts change, as it was before the first of them."""

    commands: dict[int, Json]
    applications: dict[int, Application]
    channels: dict[int, Channel]
    members: dict[int, set[int]]
    refused_tokens: set[str]


@dataclass
class DriftBoard:
    """The drifts that stand.

    `memberships` is what differs in how a user is a member of its guilds, `shown` are the translated names of
    commands by their ids.
    """

    standing: list[Json] = field(default_factory=list)
    memberships: dict[int, Json] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    before: Before | None = None
    _commands: dict[str, str] = field(default_factory=dict)
    _options: dict[str, str] = field(default_factory=dict)

    def note_command(self, old: str, new: str) -> None:
        """Note the new name of a command, so that the bot knows what it is for."""
        self._commands[new] = self._commands.pop(old, old)

    def note_option(self, old: str, new: str) -> None:
        """Note the new name of an option."""
        self._options[new] = self._options.pop(old, old)

    def names_of(self, name: str) -> tuple[str, ...]:
        """Return the name of a command or an option, and the one that it had at first."""
        return (name, *(known[name] for known in (self._commands, self._options) if name in known))

    def as_known(self, data: Json) -> Json:
        """Return the data of a command with the names that the bot knows."""
        name = self._commands.get(data["name"], data["name"])
        options = [
            {**each, "name": self._options.get(each["name"], each["name"])}
            for each in data.get("options") or []
        ]
        return {**data, "name": name, "options": options}

    def view(self, command: Json) -> Json:
        """Show a command in the index: in the language of the one who asks."""
        shown = self.shown.get(command["id"])
        return command if shown is None else {**command, "name": shown, "name_default": command["name"]}

    def clear(self) -> None:
        """Forget all drifts."""
        self.standing.clear()
        self.memberships.clear()
        self.shown.clear()
        self._commands.clear()
        self._options.clear()
        self.before = None
