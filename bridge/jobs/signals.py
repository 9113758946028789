"""Signals: what an event, a time limit or a person means for a job."""

from dataclasses import dataclass, field
from typing import TypeAlias

from bridge.jobs.job import Failure, Said
from bridge.jobs.nearness import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """An account has a free slot for the job; `discord` is what records show of its token."""

    account: int
    server: str
    channel: str
    discord: str
    max_jobs: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """The interaction is stored and will be sent next."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Nothing ran, and that is proven: the job may be sent again."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Discord accepted the interaction, or the bot shows "thinking"."""


@dataclass(frozen=True, slots=True)
class Started:
    """The bot posted its first message; `repeated` are the fields that it repeats."""

    said: Said
    repeated: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progressed:
    """The bot reports progress; `repeated` are the fields that it repeats."""

    said: Said
    repeated: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finished:
    """The video is ready."""

    said: Said


@dataclass(frozen=True, slots=True)
class Refused:
    """The bot refuses to make this video."""

    said: Said
    failure: Failure


@dataclass(frozen=True, slots=True)
class Declined:
    """The bot posted a private message that matches no phrase: most likely a refusal."""

    said: Said
    failure: Failure


@dataclass(frozen=True, slots=True)
class Failed:
    """The bot or Discord reports a failure, or it is proven that the job cannot run."""

    failure: Failure
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The bridge stops waiting: silence, an unknown outcome, a 429. A late result is still accepted."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The client cancelled the job."""

    failure: Failure


Signal: TypeAlias = (
    Assigned
    | Claimed
    | Returned
    | Acknowledged
    | Started
    | Progressed
    | Finished
    | Refused
    | Declined
    | Failed
    | GivenUp
    | Cancelled
)

LAST_WORDS = (Finished, Refused, Failed)
