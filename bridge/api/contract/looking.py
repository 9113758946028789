"""The bodies of what a person looks at: a job's timeline, the counts, an account's last day."""

# ruff: noqa: N815 - the names are the contract's

from typing import Annotated

from pydantic import BaseModel, WithJsonSchema

from bridge.api.contract.responses import CallbackBody
from bridge.api.contract.views import Instant, StatusName
from bridge.jobs.verdict import Rule

RuleName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(Rule)})]
KindName = Annotated[str, WithJsonSchema({"type": "string", "enum": ["command", "modal"]})]
OutcomeName = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "enum": ["pending", "taken", "notsent", "rejected", "throttled", "unknown"]}
    ),
]


class TimelineEvent(BaseModel):
    """A change of the job, at a position of the log, with the bot's words then."""

    id: int
    at: Instant
    status: StatusName
    messageId: str | None = None
    content: str | None = None
    error: str | None = None
    errorDetails: str | None = None
    late: bool | None = None


class TimelineInteraction(BaseModel):
    """What was sent to Discord; `answered` is null while there is no answer, `ran` false if nothing ran."""

    kind: KindName
    sent: Instant
    answered: Instant | None
    interactionId: str | None
    outcome: OutcomeName
    ran: bool


class TimelineMessage(BaseModel):
    """A message of the job: when it was received, and by which rule it was matched."""

    messageId: str
    at: Instant
    rule: RuleName
    files: bool


class TimelineChild(BaseModel):
    """A job that a button of this one has made."""

    jobid: str
    button: str | None
    prompt: str | None
    status: StatusName
    created: Instant


class TimelineBody(BaseModel):
    """What happened to a job, each list oldest first; of each at most the newest 200."""

    jobid: str
    parentJobId: str | None
    events: list[TimelineEvent]
    interactions: list[TimelineInteraction]
    messages: list[TimelineMessage]
    callbacks: list[CallbackBody]
    children: list[TimelineChild]
    code: int = 200


class OpenCounts(BaseModel):
    """Running jobs by status."""

    created: int = 0
    started: int = 0
    progress: int = 0


class EndedCounts(BaseModel):
    """Ended jobs by status."""

    completed: int = 0
    failed: int = 0
    moderated: int = 0
    cancelled: int = 0


class CountsBody(BaseModel):
    """How many jobs are running, and how many ended within the last 24 hours."""

    open: OpenCounts
    lastDay: EndedCounts
    code: int = 200


class HourBody(EndedCounts):
    """The jobs that ended in an hour, and for how many seconds they had waited to be sent; null for none."""

    hour: Instant
    waitP50: float | None
    waitP95: float | None


class StatisticsBody(BaseModel):
    """An account's last 24 hours, the current one last."""

    channel: str
    hours: list[HourBody]
    code: int = 200
