"""What something heard, a limit or a person means for a job."""

from dataclasses import dataclass, field
from typing import TypeAlias

from bridge.jobs.job import Failure, Said
from bridge.jobs.nearness import Fields


@dataclass(frozen=True, slots=True)
class Claimed:
    """The job's interaction has been stored and is about to be sent."""


@dataclass(frozen=True, slots=True)
class Returned:
    """It is proven that nothing ran: the job may be sent again."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Discord took the interaction, or the bot said that it is thinking."""


@dataclass(frozen=True, slots=True)
class Started:
    """The bot's first message; `repeated` is what it repeats of the command."""

    said: Said
    repeated: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progressed:
    """The bot says that it is still at work; `repeated` is what it repeats of the command."""

    said: Said
    repeated: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finished:
    """The video is there."""

    said: Said


@dataclass(frozen=True, slots=True)
class Refused:
    """The bot does not make this video."""

    said: Said
    failure: Failure


@dataclass(frozen=True, slots=True)
class Declined:
    """The bot says privately what nobody knows: most likely that it does not make this video."""

    said: Said
    failure: Failure


@dataclass(frozen=True, slots=True)
class Failed:
    """The bot or Discord says that it failed, or it is proven that it cannot run."""

    failure: Failure
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """We stop to wait: silence, an unknown outcome, a 429. A late result is still welcome."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The client does not want it any more."""

    failure: Failure


Signal: TypeAlias = (
    Claimed
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
