"""What the bot repeats of a command in its texts: cut out, and taken apart.

The bot writes `(prompt: … style: … aspect-ratio: …) Author: <@uid>`, with parentheses that need not balance
and prompts that may hold anything, so nothing here trusts brackets: the same cut is made on both sides.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from bridge.jobs.command import Command
from bridge.jobs.echo import Echo
from bridge.jobs.nearness import PROMPT, Fields, lines_of, plain, without_links
from bridge.pixverse.profile import EchoField, Profile
from bridge.pixverse.wording import sent_fields

_MARKUP = re.compile(r"[*_~`|\\<>]+")
_SPACE = re.compile(r"\s+")


def cut(content: str, profile: Profile) -> tuple[str, str | None]:
    """Return what the bot says itself, and what it repeats (None when it repeats nothing)."""
    opening = _opening(profile.echo_fields, profile.echo_end).search(content)
    if opening is None:
        return content, None
    closings = list(_closing(profile.echo_end).finditer(content, opening.start() + 1))
    end = closings[-1].start() if closings else len(content.rstrip().rstrip(")"))
    return content[: opening.start()] + " " + content[end + 1 :], content[opening.start() + 1 : end]


def expected(command: Command, profile: Profile) -> Echo:
    """Return what the bot is expected to repeat of `command`, taken apart by the rules for its texts."""
    fields = {name: str(value) for name, value in sent_fields(command).items()}
    return Echo(
        at_start=taken_apart(_written(fields, profile.echo_fields), profile),
        at_end=taken_apart(_written(fields, _shown_at_end(profile)), profile),
        in_prompt=keys_in(command.prompt, profile),
    )


def expected_of_button(parent: Echo, prompt: str | None, profile: Profile) -> Echo:
    """Return what the bot is expected to repeat after a button: the parent's words, perhaps a new prompt."""
    if prompt is None:
        return parent
    asked = taken_apart(_written({PROMPT: prompt}, profile.echo_fields), profile)
    return Echo(
        at_start=_asked_anew(parent.at_start, asked),
        at_end=_asked_anew(parent.at_end, asked),
        in_prompt=keys_in(prompt, profile),
    )


def taken_apart(repeated: str, profile: Profile) -> Fields:
    """Return the fields of a repeated text by our names for them, normalised; empty ones are left out."""
    return _taken_apart(repeated, profile.echo_fields)


def taken_apart_anew(fields: Fields, profile: Profile) -> Fields:
    """Return fields that were taken apart by another rule as they are by today's; what is today's stays."""
    written = [
        f"{row.key}: {line}" for row in profile.echo_fields for line in fields.get(row.field, "").splitlines()
    ]
    known = {row.field for row in profile.echo_fields}
    others = {name: value for name, value in fields.items() if name not in known}
    return {**taken_apart(" ".join(written), profile), **others}


def keys_in(prompt: str | None, profile: Profile) -> tuple[str, ...]:
    """Return the fields whose keys stand in a prompt."""
    return tuple(
        sorted(taken_apart(_written({PROMPT: prompt or ""}, profile.echo_fields), profile).keys() - {PROMPT})
    )


def normalised(text: str) -> str:
    """Return text without mark-up, links, letter case and spacing: what is kept of it, in one line.

    It still has its words, in which mark-up may stand. `nearness.plain` takes away far more, and only for as
    long as two texts are compared.
    """
    bare = _MARKUP.sub("", without_links(text))
    return _SPACE.sub(" ", bare).strip().casefold()


@lru_cache(maxsize=1_024)
def _taken_apart(repeated: str, rows: tuple[EchoField, ...]) -> Fields:
    """Cut a text at every key; the same is done to our own words, so it does not matter whose a key is.

    The prompt is the first: its key is a word like any other behind that.
    """
    names = {plain(row.key): row.field for row in rows}
    found = [(names[plain(place["key"])], place) for place in _keys(rows).finditer(repeated)]
    prompts = [place for name, place in found if name == PROMPT]
    kept = [(name, place) for name, place in found if name != PROMPT or place is prompts[0]]
    ends = [*(place.start() for _, place in kept), len(repeated)]
    return lines_of(
        (name, normalised(repeated[place.end() : end]))
        for (name, place), end in zip(kept, ends[1:], strict=False)
    )


def _asked_anew(parent: Fields, asked: Fields) -> Fields:
    """Return the parent's fields with another prompt, which may hold keys itself."""
    kept = ((name, value) for name, value in parent.items() if name != PROMPT)
    return lines_of((*asked.items(), *kept))


def _written(fields: Mapping[str, str], rows: Iterable[EchoField]) -> str:
    return " ".join(f"{row.key}: {fields[row.field]}" for row in rows if row.field in fields)


def _shown_at_end(profile: Profile) -> Iterable[EchoField]:
    return (row for row in profile.echo_fields if row.is_in_completion)


@lru_cache(maxsize=8)
def _keys(rows: tuple[EchoField, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?P<key>{_any_of(rows)})[*_~`]*[:：]", re.IGNORECASE)


@lru_cache(maxsize=8)
def _opening(rows: tuple[EchoField, ...], end: str) -> re.Pattern[str]:
    """Return how a repeated text begins: a bracket, and a key or, where nothing is repeated, its end."""
    keys = rf"[*_~`]*(?:{_any_of(rows)})[*_~`]*[:：]"
    return re.compile(rf"\(\s*(?:{keys}|\)\s*{re.escape(end)}:)", re.IGNORECASE)


@lru_cache(maxsize=8)
def _closing(end: str) -> re.Pattern[str]:
    return re.compile(rf"\)\s*{re.escape(end)}:", re.IGNORECASE)


def _any_of(rows: tuple[EchoField, ...]) -> str:
    """Return a pattern of all keys, the longest first; bots write one dash for another."""
    keys = sorted((re.escape(row.key) for row in rows), key=len, reverse=True)
    return "|".join(key.replace(r"\-", r"[-_\u2010-\u2015]") for key in keys)
