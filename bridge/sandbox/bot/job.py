"""One order to the bot: what was asked, by which command or button."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bridge.sandbox.bot.texts import rewritten
from bridge.sandbox.magic import Words, read_words
from bridge.sandbox.wire import Json

__all__ = ["Job", "job_of_command", "remake"]


@dataclass(frozen=True)
class Job:
    """What a video is made of; `options` are the command's, as strings."""

    verb: str
    user_id: int
    options: Mapping[str, str]
    is_remake: bool = False

    @property
    def words(self) -> Words:
        """Return the magic words of the prompt."""
        return read_words(self.prompt)

    @property
    def prompt(self) -> str:
        """Return the prompt as it was given."""
        return self.options.get("prompt", "")

    @property
    def shown(self) -> Mapping[str, str]:
        """Return what the bot's texts repeat."""
        if not self.words.has("rewritten"):
            return self.options
        return {**self.options, "prompt": rewritten(self.prompt)}


def job_of_command(user_id: int, data: Json) -> Job:
    """Read a slash command."""
    return Job(data["name"], user_id, options_of(data.get("options") or []))


def options_of(rows: list[Any]) -> dict[str, str]:
    """Return options by name, their values as strings."""
    return {row["name"]: str(row["value"]) for row in rows}


def remake(job: Job, user_id: int, prompt: str | None = None, style: str | None = None) -> Job:
    """Return the order that a button or a menu gives: the same, perhaps with another prompt or style."""
    changes = {"prompt": prompt, "style": style}
    options = {**job.options, **{name: value for name, value in changes.items() if value is not None}}
    return replace(job, user_id=user_id, options=options, is_remake=True)
