"""Everything that is known about the bot, as rows.

The texts were published by the hosted service whose API this is; command and option names are looked up in
the guild's command index, so the names here are matched loosely (hyphens and underscores are one).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bridge.accounts.notice import NoticeKind
from bridge.verbs.built_in import BUILT_IN
from bridge.verbs.row import VerbRow


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
    """A slash command: its verb and name, and its options as (API field, name of the bot's option)."""

    verb: str
    name: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EchoField:
    """A field that the bot repeats: its key in the text and the API field."""

    key: str
    field: str
    is_in_completion: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A regular expression, like a phrase's, for what the bot tells of credits; its group `value` is kept."""

    kind: NoticeKind
    pattern: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The bot as far as it is known. Phrases are tried in order; the first match decides.

    `verbs` are the API's, each with the command of the bot that it runs and what that takes. The repeated
    part of a text starts with a bracket and the first echo field, and ends with a bracket and `echo_end`.
    `buttons` are the API's names; `labels` are (name, bot's label) where they differ.
    """

    verbs: tuple[VerbRow, ...]
    phrases: tuple[Phrase, ...]
    echo_fields: tuple[EchoField, ...]
    buttons: tuple[str, ...]
    prompt_buttons: frozenset[str]
    labels: tuple[tuple[str, str], ...] = ()
    echo_end: str = "Author"
    application_id: str | None = None
    completions_carry_ids: bool = False
    notices: tuple[NoticeRow, ...] = ()

    @property
    def slashes(self) -> tuple[Slash, ...]:
        """The slash commands of the verbs."""
        return tuple(
            Slash(row.name, row.command, tuple((field.name, field.option) for field in row.fields))
            for row in self.verbs
            if row.command is not None
        )

    def verb(self, name: str) -> VerbRow | None:
        """Return a verb by its name."""
        return next((row for row in self.verbs if row.name == name), None)


DEFAULT: Final = Profile(
    verbs=BUILT_IN,
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
    notices=(
        NoticeRow(NoticeKind.OUT_OF_CREDITS, r"\b(?:out of|run out of|insufficient|not enough) credits\b"),
        NoticeRow(NoticeKind.CREDITS, r"\bcredits? (?:left|remaining)\W{1,3}(?P<value>\d[\d,.]{0,12})"),
        NoticeRow(NoticeKind.CREDITS, r"(?<![\d.,])(?P<value>\d[\d,.]{0,12}) credits? (?:left|remaining)\b"),
    ),
)
