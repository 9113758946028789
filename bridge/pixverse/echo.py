"""What the bot repeats of a command in its texts: cut out, taken apart and compared.

The bot writes `(prompt: … style: … aspect-ratio: …) Author: <@uid>`, with parentheses that need not balance
and prompts that may hold anything, so nothing here trusts brackets: the same cut is made on both sides.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from bridge.jobs.command import Command
from bridge.pixverse.profile import Profile
from bridge.pixverse.sent import sent_fields

_OPENING = re.compile(r"\(\s*prompt:", re.IGNORECASE)
_CLOSING = re.compile(r"\)\s*author:", re.IGNORECASE)
_MARKUP = re.compile(r"[*_~`|\\<>]+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SPACE = re.compile(r"\s+")


def cut(content: str) -> tuple[str, str | None]:
    """Return what the bot says itself, and what it repeats (None when it repeats nothing)."""
    opening = _OPENING.search(content)
    if opening is None:
        return content, None
    closings = list(_CLOSING.finditer(content, opening.end()))
    end = closings[-1].start() if closings else len(content.rstrip().rstrip(")"))
    return content[: opening.start()] + " " + content[end + 1 :], content[opening.start() + 1 : end]


def taken_apart(repeated: str, profile: Profile) -> dict[str, str]:
    """Return the parts of a repeated text by the command's field names, normalised; empty parts left out.

    A key counts where it stands last and in the bot's order, so that a prompt may hold `style:` itself.
    """
    rest, parts = repeated, {}
    for row in reversed(profile.echo_fields):
        before, key, value = _last(rest, row.key)
        if key:
            rest = before
            parts[row.field] = normalised(value)
    return {name: value for name, value in parts.items() if value}


def expected(command: Command, profile: Profile) -> dict[str, str]:
    """Return what the bot is expected to repeat of `command`, taken apart by the same rules."""
    fields = sent_fields(command)
    written = " ".join(
        f"{row.key}: {fields[row.field]}" for row in profile.echo_fields if row.field in fields
    )
    return taken_apart(written, profile)


def agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether two echoes can be of one command: the prompts, and what both name, are equal."""
    return one.get("prompt") == other.get("prompt") and all(
        one[key] == other[key] for key in one.keys() & other
    )


def as_completed(echo: Mapping[str, str], profile: Profile) -> dict[str, str]:
    """Return the part of an echo that the bot's completion texts show."""
    shown = {row.field for row in profile.echo_fields if row.is_in_completion}
    return {name: value for name, value in echo.items() if name in shown}


def normalised(text: str) -> str:
    """Return text without mark-up, links, letter case and spacing: what bots are known to change."""
    plain = _MARKUP.sub("", _LINK.sub(r"\1", text))
    return _SPACE.sub(" ", plain).strip().casefold()


def _last(text: str, key: str) -> tuple[str, bool, str]:
    places = list(_key(key).finditer(text))
    if not places:
        return text, False, ""
    place = places[0] if key == "prompt" else places[-1]
    return text[: place.start()], True, text[place.end() :]


@lru_cache(maxsize=64)
def _key(key: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<=\s)){re.escape(key)}:", re.IGNORECASE)
