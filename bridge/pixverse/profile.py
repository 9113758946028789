"""Everything that is known about the bot, as rows.

The texts were published by the hosted service whose API this is; command and option names are looked up in
the guild's command index, so the names here are matched loosely (hyphens and underscores are one).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bridge.jobs.command import Verb


class Meaning(StrEnum):
    """What a phrase of the bot means for a job."""

    REFUSED = "refused"
    BUSY = "busy"
    FAILED = "failed"
    STARTED = "started"
    PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A regular expression, ignoring case, for the bot's own words without what it repeats."""

    meaning: Meaning
    pattern: str


@dataclass(frozen=True, slots=True)
class Slash:
    """A slash command: its name, and its options as (API field, name of the bot's option)."""

    verb: Verb
    name: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EchoField:
    """A field that the bot repeats: its key in the text and the API field."""

    key: str
    field: str
    is_in_completion: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """The bot as far as it is known. Phrases are tried in order; the first match decides.

    The repeated part of a text starts with a bracket and the first echo field, and ends with a bracket and
    `echo_end`. `buttons` are the API's names; `labels` are (name, bot's label) where they differ.
    """

    slashes: tuple[Slash, ...]
    phrases: tuple[Phrase, ...]
    echo_fields: tuple[EchoField, ...]
    buttons: tuple[str, ...]
    prompt_buttons: frozenset[str]
    labels: tuple[tuple[str, str], ...] = ()
    echo_end: str = "Author"
    application_id: str | None = None
    completions_carry_ids: bool = False


_PROMPT = ("prompt", "prompt")
_NEGATIVE = ("negative_prompt", "negative-prompt")
_RATIO = ("aspect_ratio", "aspect-ratio")
_SEED = ("seed_value", "seed-value")
_CREATE = (_PROMPT, ("style", "style"), _NEGATIVE, _RATIO, ("character", "character"))

DEFAULT: Final = Profile(
    slashes=(
        Slash(Verb.CREATE, "create", _CREATE),
        Slash(Verb.CREATE_SINGLE, "create_single", (*_CREATE, _SEED)),
        Slash(
            Verb.ANIMATE,
            "animate",
            (("image", "image"), _PROMPT, ("motion", "motion"), _SEED, ("hd_quality", "hd-quality")),
        ),
        Slash(Verb.MEME_FACE, "meme_face", (("face", "face"), _PROMPT, _NEGATIVE, _SEED, _RATIO)),
    ),
    phrases=(
        Phrase(Meaning.REFUSED, r"\bapologies!.{0,80}\bmoderator\b"),
        Phrase(Meaning.REFUSED, r"\bviolat(?:e|es|ing|ion)\b.{0,80}\bcommunity guidelines\b"),
        Phrase(Meaning.REFUSED, r"\binvalid (?:prompt|parameters?|option|image)\b"),
        Phrase(Meaning.BUSY, r"\btoo many (?:requests|jobs|tasks)\b|\b(?:queue|server) is (?:full|busy)\b"),
        Phrase(Meaning.FAILED, r"\b(?:generation|creation|video|job)s? (?:has |have )?failed\b"),
        Phrase(Meaning.FAILED, r"\bsomething went wrong\b|\bplease try again later\b"),
        Phrase(Meaning.PROGRESS, r"\b\d{1,3}(?:\.\d+)? ?%|\bin progress\b"),
        Phrase(Meaning.STARTED, r"\bwe are (?:re)?making (?:your )?videos?\b|\bwill notify you when\b"),
    ),
    echo_fields=(
        EchoField("prompt", "prompt", is_in_completion=True),
        EchoField("style", "style", is_in_completion=True),
        EchoField("negative-prompt", "negative_prompt", is_in_completion=False),
        EchoField("aspect-ratio", "aspect_ratio", is_in_completion=True),
        EchoField("character", "character", is_in_completion=True),
    ),
    buttons=("U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "ReDo", "🔄", "🔀", "⏫"),
    prompt_buttons=frozenset({"V1", "V2", "V3", "V4", "🔀"}),
)
