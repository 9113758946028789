"""Finds and parses what the bot repeats of a command in its texts.

The bot writes `(prompt: … style: … aspect-ratio: …) Author: <@uid>`. Parentheses may be unbalanced and
prompts may contain anything, so brackets are not trusted: the bot's text and the command are parsed alike.
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
    """Return the bot's own words, and what it repeats (None if nothing)."""
    opening = _opening(profile.echo_fields, profile.echo_end).search(content)
    if opening is None:
        return content, None
    closings = list(_closing(profile.echo_end).finditer(content, opening.start() + 1))
    end = closings[-1].start() if closings else len(content.rstrip().rstrip(")"))
    return content[: opening.start()] + " " + content[end + 1 :], content[opening.start() + 1 : end]


def expected(command: Command, profile: Profile) -> Echo:
    """Return what the bot is expected to repeat of `command`, parsed like its texts."""
    shown_at_end = [row for row in profile.echo_fields if row.is_in_completion]
    fields = {name: str(value) for name, value in sent_fields(command, profile.verb(command.verb)).items()}
    return Echo(
        at_start=taken_apart(_written(fields, profile.echo_fields), profile),
        at_end=taken_apart(_written(fields, shown_at_end), profile),
        in_prompt=keys_in(command.prompt, profile),
    )


def expected_of_button(parent: Echo, prompt: str | None, profile: Profile) -> Echo:
    """Return what the bot is expected to repeat after a button: the parent's fields, maybe a new prompt."""
    if prompt is None:
        return parent
    asked = taken_apart(_written({PROMPT: prompt}, profile.echo_fields), profile)
    return Echo(
        at_start=_asked_anew(parent.at_start, asked),
        at_end=_asked_anew(parent.at_end, asked),
        in_prompt=keys_in(prompt, profile),
    )


def taken_apart(repeated: str, profile: Profile) -> Fields:
    """Return the fields of a repeated text by the API's names, normalised, without empty ones."""
    return _taken_apart(repeated, profile.echo_fields)


def taken_apart_anew(fields: Fields, profile: Profile) -> Fields:
    """Return fields that were parsed by an earlier rule as the current one parses them."""
    written = [
        f"{row.key}: {line}" for row in profile.echo_fields for line in fields.get(row.field, "").splitlines()
    ]
    known = {row.field for row in profile.echo_fields}
    others = {name: value for name, value in fields.items() if name not in known}
    return {**taken_apart(" ".join(written), profile), **others}


def keys_in(prompt: str | None, profile: Profile) -> tuple[str, ...]:
    """Return the fields whose keys occur in a prompt."""
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
    """Split a text at every key; the command is split the same way, so it does not matter whose a key is.

    The prompt comes first; after it, its key is an ordinary word.
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
    """Return the parent's fields with another prompt, which may contain keys."""
    kept = ((name, value) for name, value in parent.items() if name != PROMPT)
    return lines_of((*asked.items(), *kept))


def _written(fields: Mapping[str, str], rows: Iterable[EchoField]) -> str:
    return " ".join(f"{row.key}: {fields[row.field]}" for row in rows if row.field in fields)


@lru_cache(maxsize=8)
def _keys(rows: tuple[EchoField, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?P<key>{_any_of(rows)})[*_~`]*[:：]", re.IGNORECASE)


@lru_cache(maxsize=8)
def _opening(rows: tuple[EchoField, ...], end: str) -> re.Pattern[str]:
    """Return the pattern of the beginning: a bracket, and a key or, if nothing is repeated, the end."""
    keys = rf"[*_~`]*(?:{_any_of(rows)})[*_~`]*[:：]"
    return re.compile(rf"\(\s*(?:{keys}|\)\s*{re.escape(end)}:)", re.IGNORECASE)


@lru_cache(maxsize=8)
def _closing(end: str) -> re.Pattern[str]:
    return re.compile(rf"\)\s*{re.escape(end)}:", re.IGNORECASE)


def _any_of(rows: tuple[EchoField, ...]) -> str:
    """Return a pattern of all keys, the longest first; all dashes are equivalent."""
    keys = sorted((re.escape(row.key) for row in rows), key=len, reverse=True)
    return "|".join(key.replace(r"\-", r"[-_\u2010-\u2015]") for key in keys)
