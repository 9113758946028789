"""What is said of whose a message is, and by which rule; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


class Rule(StrEnum):
    """By what a message was matched."""

    NONCE = "nonce"
    INTERACTION = "interaction"
    MESSAGE = "message"
    FILES = "files"
    REFERENCE = "reference"
    EQUAL = "equal"
    WINDOW = "window"
    TEXT = "text"


OWN: Final = frozenset({Rule.NONCE, Rule.INTERACTION, Rule.MESSAGE, Rule.REFERENCE, Rule.WINDOW})
"""The rules by which an id says that a message is of the job's own interaction."""
BY_ID: Final = OWN | {Rule.EQUAL}
"""The rules by which an id says that a message is of the bot's work for us."""


@dataclass(frozen=True, slots=True)
class Match:
    """The message is about this job."""

    job_id: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Foreign:
    """The message is about someone else's interaction, or about none."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The message may be about these jobs, and nothing tells which, or whether it is."""

    job_ids: tuple[str, ...]


Verdict: TypeAlias = Match | Foreign | Ambiguous


def meant_by(verdict: Verdict) -> Sequence[str]:
    """Return the jobs that a message may be about."""
    match verdict:
        case Match(job_id=job_id):
            return (job_id,)
        case Ambiguous(job_ids=job_ids):
            return job_ids
        case Foreign():
            return ()
