"""The bodies of answers other than job records; absent values are left out unless `null` is documented."""

# ruff: noqa: N815 - the names are the contract's

from typing import Annotated, Any

from pydantic import BaseModel, WithJsonSchema

from bridge.access.scopes import Scope
from bridge.accounts.condition import Standing
from bridge.api.contract.views import Instant, JobRecord, StatusName
from bridge.doctor.finding import Level
from bridge.doctor.report import OUTCOMES

ScopeName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(Scope)})]
LevelName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(Level)})]
OutcomeName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(OUTCOMES)})]
ConditionName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(Standing)})]


class AccountBody(BaseModel):
    """An account; `discord` is the Discord token, masked for an API token without `secrets:read`.

    `paused` is there, and true, while the account takes no new jobs; of the guard rails, those that are set.
    """

    server: str
    channel: str
    discord: str
    maxJobs: int
    paused: bool | None = None
    maxPerDay: int | None = None
    quietHours: str | None = None
    pace_s: float | None = None
    labels: str | None = None
    weight: int | None = None


class FindingBody(BaseModel):
    """What the doctor looked at: `code` is for programs, `remedy` says what a person can do."""

    about: str
    code: str
    level: LevelName
    found: str
    remedy: str | None = None


class DoctorBody(BaseModel):
    """What the doctor found about an account; `rows` go under `bot:`, and are empty if none follow."""

    channel: str
    server: str
    outcome: OutcomeName
    findings: list[FindingBody]
    rows: dict[str, Any]
    code: int = 200


class SettingsBody(BaseModel):
    """The caller's own settings."""

    name: str | None = None
    replyUrl: str | None = None
    code: int = 200


class TokenBody(BaseModel):
    """The caller's own API token; `expires` is null for one that does not expire."""

    tenant: str
    scopes: list[ScopeName]
    expires: Instant | None
    code: int = 200


class SecretBody(BaseModel):
    """The secret that signs the caller's callbacks."""

    secret: str
    code: int = 200


class CancelBody(BaseModel):
    """A cancelled job, or one that had already ended."""

    jobid: str
    status: StatusName
    code: int = 200


class HistoryBody(BaseModel):
    """A page of jobs, newest first; `next` is the cursor of the next one."""

    jobs: list[JobRecord]
    next: str | None
    code: int = 200


class EventBody(BaseModel):
    """An entry of the change log."""

    id: int
    at: Instant
    job: JobRecord


class EventsBody(BaseModel):
    """A page of the change log, oldest first; `next` is the last position read."""

    events: list[EventBody]
    next: int
    reset: bool | None = None
    code: int = 200


class UnmatchedVideo(BaseModel):
    """A message with a video that no job got: when it was posted, and why."""

    messageId: str
    at: Instant
    why: str


class UnmatchedView(BaseModel):
    """The bot's videos for the account's user that no job got since the account was started."""

    count: int
    newest: UnmatchedVideo


class MachineView(BaseModel):
    """A process that runs an account, and since when."""

    name: str
    since: Instant


class NoticeView(BaseModel):
    """What the bot has told last, as it was read, and when."""

    value: str
    at: Instant


class GuardView(BaseModel):
    """The guard rails of an account that are set, and what is used of them.

    `usedToday`: the jobs that it was sent today, `opens` when it takes jobs again, if it takes none now.
    """

    maxPerDay: int | None = None
    usedToday: int | None = None
    quietHours: str | None = None
    pace_s: float | None = None
    labels: str | None = None
    weight: int | None = None
    opens: Instant | None = None


class AccountHealth(BaseModel):
    """The health of an account; `unmatched` is left out if every video was matched to a job.

    `notices`: what the bot has told of its `credits`, a `limit`, or that it is `out_of_credits`; left out if
    it has told nothing.

    `machine`: which of several processes runs it, and since when; left out if there is only one.
    `guardRails`: left out if none is set.
    """

    channel: str
    condition: ConditionName
    since: Instant
    reason: str | None
    remedy: str | None
    paused: bool
    running: int
    maxJobs: int
    unmatched: UnmatchedView | None = None
    notices: dict[str, NoticeView] | None = None
    machine: MachineView | None = None
    guardRails: GuardView | None = None


class AccountNotice(BaseModel):
    """An account's condition changed, or it was paused or resumed.

    `reason` and `remedy` are sentences for a person, or null.
    """

    channel: str
    condition: ConditionName
    since: Instant
    reason: str | None
    remedy: str | None
    paused: bool


class GivenUpCallback(BaseModel):
    """A callback that was given up: its job, the receiver's host, and when."""

    jobid: str
    receiver: str
    at: Instant


class GivenUpView(BaseModel):
    """The number of callbacks that were given up, at most 1,000, and the newest."""

    count: int
    newest: GivenUpCallback


class MirrorHealth(BaseModel):
    """Whether the media mirror works, since when, and why not; `waiting` counts videos to be downloaded."""

    works: bool
    since: Instant
    reason: str | None
    waiting: int


class HealthBody(BaseModel):
    """The health of every account; `callbacksGivenUp` is left out if none was given up, as is no `mirror`."""

    accounts: list[AccountHealth]
    callbacksGivenUp: GivenUpView | None = None
    mirror: MirrorHealth | None = None
    code: int = 200


class ResetNotice(BaseModel):
    """Events up to this position are no longer kept."""

    position: int


class AttemptBody(BaseModel):
    """One attempt of a callback: the receiver's HTTP status, or null with the reason in `error`."""

    at: Instant
    status: int | None
    duration_ms: int
    error: str | None


class CallbackBody(BaseModel):
    """A callback; `status` is the job's in its record, `next_at` is null if no attempt will follow."""

    id: str
    jobid: str
    url: str
    state: str
    status: StatusName
    attempts: list[AttemptBody]
    next_at: Instant | None


class CallbacksBody(BaseModel):
    """A page of callbacks, newest first; `next` is the cursor of the next one."""

    callbacks: list[CallbackBody]
    next: str | None
    code: int = 200


class CallbackTestBody(BaseModel):
    """What became of a test callback: the receiver's HTTP status, or null with the reason in `error`.

    `explanation` is a sentence for a person, `id` its `webhook-id`.
    """

    id: str
    delivered: bool
    status: int | None
    duration_ms: int
    error: str | None
    explanation: str
    code: int = 200


class RedeliveredBody(BaseModel):
    """How many callbacks of a job are sent again."""

    jobid: str
    redelivered: int
    code: int = 200


Stream = Annotated[str, WithJsonSchema({"type": "string"})]
"""Server-sent events."""
