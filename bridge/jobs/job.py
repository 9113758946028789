"""A job, its states and the API's statuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bridge.chat import Attachment, Embed
from bridge.jobs.command import Command
from bridge.jobs.echo import Echo


class State(StrEnum):
    """The state of a job; finer than the API's status (docs/lifecycle.md)."""

    QUEUED = "queued"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    STARTED = "started"
    PROGRESS = "progress"
    COMPLETED = "completed"
    MODERATED = "moderated"
    FAILED = "failed"
    DECLINED = "declined"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


STATUS: Final[Mapping[State, str]] = {
    State.QUEUED: "created",
    State.WAITING: "created",
    State.SENDING: "created",
    State.SENT: "created",
    State.STARTED: "started",
    State.PROGRESS: "progress",
    State.COMPLETED: "completed",
    State.MODERATED: "moderated",
    State.FAILED: "failed",
    State.DECLINED: "moderated",
    State.GIVEN_UP: "failed",
    State.CANCELLED: "cancelled",
}

IN_FLIGHT: Final = frozenset({State.SENDING, State.SENT, State.STARTED, State.PROGRESS})
OPEN: Final = IN_FLIGHT | {State.QUEUED, State.WAITING}
UNSENT: Final = frozenset({State.QUEUED, State.WAITING, State.SENDING})
NOT_HEARD_OF: Final = frozenset({State.QUEUED, State.WAITING, State.SENDING, State.SENT})
JUDGED: Final = frozenset({State.DECLINED, State.GIVEN_UP})
"""Ended by a conclusion of the bridge, not by the bot: a late result still changes these."""


class Cause(StrEnum):
    """Why a job ended without a video."""

    MODERATED = "moderated"
    INTERACTION_FAILED = "interaction_failed"
    BOT_FAILED = "bot_failed"
    BOT_BUSY = "bot_busy"
    THROTTLED = "throttled"
    REJECTED = "rejected"
    ACCOUNT = "account"
    ACCOUNT_REMOVED = "account_removed"
    NOT_SENDABLE = "not_sendable"
    SILENCE = "silence"
    UNKNOWN_OUTCOME = "unknown_outcome"
    QUEUE_LIMIT = "queue_limit"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job ended without a video: a sentence, details, and what an HTTP answer needs to know."""

    cause: Cause
    error: str
    details: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """A select menu of the bot: its name, and the labels of its options."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """The content of a job's newest message; `timestamp` and `edited` are Discord's texts (ISO 8601).

    `buttons` have the API's names, `other_buttons` the bot's own labels.
    """

    message_id: str
    content: str | None = None
    timestamp: str | None = None
    edited: str | None = None
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Embed, ...] = ()
    buttons: tuple[str, ...] = ()
    other_buttons: tuple[str, ...] = ()
    selects: tuple[Menu, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command with its state and result; times are milliseconds UTC.

    `account` is None until a job that waits in the queue is given one; then its `server`, `channel` and
    `discord` are those that its request names, or empty.

    `is_owed`: it was sent and a result is still expected. `echo` is what the bot repeats of the command in
    its texts. `fingerprint` is what `pixverse.wording.fingerprint` returned at submission: jobs with equal
    ones send the same to the bot, so one may get the video of the other. `listened_ms` is the account's
    listening time at the last message about the job. `error` texts are the bot's or the bridge's.
    `revision` counts the stored changes. `traceparent` is that of its submit, if traces are made.
    """

    id: str
    tenant: str
    account: int | None
    server: str
    channel: str
    discord: str
    command: Command
    created_ms: int
    updated_ms: int
    heard_ms: int
    fingerprint: str
    number: int = 0
    parent: str | None = None
    state: State = State.WAITING
    revision: int = 0
    is_owed: bool = False
    is_late: bool = False
    echo: Echo = field(default_factory=Echo)
    said: Said | None = None
    failure: Failure | None = None
    max_jobs: int = 10
    reply_url: str | None = None
    reply_ref: str | None = None
    listened_ms: int = 0
    ended_ms: int | None = None
    traceparent: str | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the job has not ended: it waits for an account, or holds a slot of one."""
        return self.state in OPEN

    @property
    def is_most_likely_over(self) -> bool:
        """Return whether it has ended in a way after which a late result is possible but unlikely."""
        has_failed = self.failure is not None and self.failure.cause is Cause.INTERACTION_FAILED
        return self.state is State.DECLINED or (self.state is State.GIVEN_UP and has_failed)

    @property
    def status(self) -> str:
        """The API's status of the state."""
        return STATUS[self.state]
