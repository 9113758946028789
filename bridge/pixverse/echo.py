"""What the bot repeats of a command in its texts: cut out, taken apart and compared.

The bot writes `(prompt: … style: … aspect-ratio: …) Author: <@uid>`, with parentheses that need not balance
and prompts that may hold anything, so nothing here trusts brackets: the same cut is made on both sides.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from bridge.jobs.command import Command
from bridge.jobs.echo import Echo
from bridge.pixverse.profile import EchoField, Profile
from bridge.pixverse.sent import sent_fields

_MARKUP = re.compile(r"[*_~`|\\<>]+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SPACE = re.compile(r"\s+")


def cut(content: str, profile: Profile) -> tuple[str, str | None]:
    """Return what the bot says itself, and what it repeats (None when it repeats nothing)."""
    opening = _bracket(r"\(", profile.echo_fields[0].key).search(content)
    if opening is None:
        return content, None
    closings = list(_bracket(r"\)", profile.echo_end).finditer(content, opening.end()))
    end = closings[-1].start() if closings else len(content.rstrip().rstrip(")"))
    return content[: opening.start()] + " " + content[end + 1 :], content[opening.start() + 1 : end]


def expected(command: Command, profile: Profile) -> Echo:
    """Return what the bot is expected to repeat of `command`, taken apart by the rules for its texts."""
    fields = {name: str(value) for name, value in sent_fields(command).items()}
    return Echo(
        at_start=taken_apart(_written(fields, profile.echo_fields), profile),
        at_end=taken_apart(_written(fields, _shown_at_end(profile)), profile),
    )


def expected_of_button(parent: Echo, prompt: str | None) -> Echo:
    """Return what the bot is expected to repeat after a button: the parent's words, perhaps a new prompt."""
    if prompt is None:
        return parent
    words = {"prompt": normalised(prompt)}
    return Echo({**parent.at_start, **words}, {**parent.at_end, **words})


def heard(repeated: str, profile: Profile) -> Echo:
    """Return what a text of the bot repeats, and what its last text will then repeat of the same command."""
    fields = _fields(repeated, profile)
    return Echo(
        at_start=taken_apart(repeated, profile),
        at_end=taken_apart(_written(fields, _shown_at_end(profile)), profile),
    )


def taken_apart(repeated: str, profile: Profile) -> dict[str, str]:
    """Return the fields of a repeated text by our names for them, normalised; empty ones are left out."""
    fields = {name: normalised(value) for name, value in _fields(repeated, profile).items()}
    return {name: value for name, value in fields.items() if value}


def normalised(text: str) -> str:
    """Return text without mark-up, links, letter case and spacing: what bots are known to change."""
    plain = _MARKUP.sub("", _LINK.sub(r"\1", text))
    return _SPACE.sub(" ", plain).strip().casefold()


def _written(fields: Mapping[str, str], rows: Iterable[EchoField]) -> str:
    return " ".join(f"{row.key}: {fields[row.field]}" for row in rows if row.field in fields)


def _shown_at_end(profile: Profile) -> Iterable[EchoField]:
    return (row for row in profile.echo_fields if row.is_in_completion)


def _fields(repeated: str, profile: Profile) -> dict[str, str]:
    """Return the fields as they stand: a key counts where it stands last and in the bot's order.

    So a prompt may hold `style:` itself, as long as the bot writes its own `style:` behind it.
    """
    rest, fields = repeated, {}
    for row in reversed(profile.echo_fields):
        before, key, value = _last(rest, row)
        if key:
            rest = before
            fields[row.field] = value
    return fields


def _last(text: str, row: EchoField) -> tuple[str, bool, str]:
    places = list(_key(row.key).finditer(text))
    if not places:
        return text, False, ""
    place = places[0] if row.field == "prompt" else places[-1]
    return text[: place.start()], True, text[place.end() :]


@lru_cache(maxsize=64)
def _key(key: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<=\s)){re.escape(key)}:", re.IGNORECASE)


@lru_cache(maxsize=64)
def _bracket(bracket: str, key: str) -> re.Pattern[str]:
    return re.compile(rf"{bracket}\s*{re.escape(key)}:", re.IGNORECASE)
