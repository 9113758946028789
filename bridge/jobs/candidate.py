"""A job that a message may belong to: its ids, its words, and when its POSTs ran; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.chat import Attachment, Message, snowflake_ms
from bridge.jobs.echo import Echo
from bridge.jobs.job import NOT_HEARD_OF, State
from bridge.jobs.nearness import Fields, is_same
from bridge.jobs.post import Window

SKEW_MS: Final = 10_000
"""The tolerance, in ms, when an interaction id is compared with the time span of a POST."""
EXACT_MS: Final = 2_000
"""The same if the words do not match."""
EXPECTED_MS: Final = 1_800_000
"""How long the video of a cancelled or given-up job is expected, in ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A job that a message may belong to; times are milliseconds UTC, by Discord's clock.

    If `is_ours` is False, it is an interaction from outside the bridge, or a job of another account. If
    `is_readable` is False, its row cannot be read: only this is known, and its messages wait until it can.

    `files` maps the files of its messages to when they were first posted. `has_own_video`: an id proves that
    they are its own. `is_seeded`: equal jobs make the same video. `heard_of_equals` are the bot's words for
    them. `windows` are the time spans in which a POST of it ran whose interaction id is unknown; `taken` are
    those in which Discord is known to have accepted it. `slack_ms` is how much more they may be off, because
    the clock difference may have been measured long ago: what is only within it stays undecided.
    """

    job_id: str
    number: int
    state: State
    is_owed: bool
    fingerprint: str
    echo: Echo
    parent: str | None = None
    nonces: frozenset[str] = frozenset()
    interactions: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    files: Mapping[str, int] = field(default_factory=dict)
    has_own_video: bool = False
    is_seeded: bool = False
    heard_of_equals: tuple[Fields, ...] = ()
    is_ours: bool = True
    is_readable: bool = True
    authors: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()
    sent_ms: int = 0
    ended_ms: int | None = None
    expected_ms: int = EXPECTED_MS
    windows: tuple[Window, ...] = ()
    taken: tuple[Window, ...] = ()
    slack_ms: int = 0
    has_unknown_rivals: bool = False

    @property
    def is_not_heard_of(self) -> bool:
        """Return whether the bot has not posted about this job yet, and is expected to."""
        return self.state in NOT_HEARD_OF or (self.state is State.CANCELLED and not self.messages)

    def fits(self, said: Fields) -> bool:
        """Return whether a text repeats this job's command, in its own words or in the bot's."""
        return self.echo.fits(said) or is_same(said, self.heard_of_equals)

    def was_sent_before(self, message: Message) -> bool:
        """Return whether this job was sent before a message, so that the message may belong to it."""
        return self.sent_ms <= snowflake_ms(message.id) + SKEW_MS

    def is_in_window(self, interaction_id: str) -> bool:
        """Return whether an interaction was created while a POST of this job ran."""
        return _is_within(interaction_id, self.windows, SKEW_MS)

    def is_in_accepted_window(self, interaction_id: str) -> bool:
        """Return whether an interaction was created while an accepted POST of this job ran.

        Only the time decides here, so it must be exact: the next POST may follow a few seconds later.
        """
        return _is_within(interaction_id, self.taken, EXACT_MS)

    def is_in_loose_window(self, interaction_id: str) -> bool:
        """Return whether an interaction may be this job's, within the possible difference of the clocks."""
        return _is_within(interaction_id, self.windows, SKEW_MS + self.slack_ms)


def files_of(message: Message) -> str | None:
    """Return the key under which a repeat of the message's files is recognised, None without files."""
    return files_key(message.attachments) if message.attachments else None


def files_key(attachments: Iterable[Attachment]) -> str:
    """Return what files are called and how large they are, in one text."""
    return "|".join(sorted(f"{file.filename}:{file.size}" for file in attachments))


def _is_within(interaction_id: str, windows: Iterable[Window], off_ms: int) -> bool:
    made_ms = snowflake_ms(interaction_id)
    return any(start - off_ms <= made_ms <= end + off_ms for start, end in windows)
