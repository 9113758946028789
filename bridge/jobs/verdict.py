"""The verdict on which job a message belongs to, and by which rule; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


class Rule(StrEnum):
    """The rule by which a message was matched."""

    NONCE = "nonce"
    INTERACTION = "interaction"
    MESSAGE = "message"
    FILES = "files"
    REFERENCE = "reference"
    EQUAL = "equal"
    WINDOW = "window"
    TEXT = "text"


OWN: Final = frozenset({Rule.NONCE, Rule.INTERACTION, Rule.MESSAGE, Rule.REFERENCE, Rule.WINDOW})
"""The message belongs to the job's own interaction, which is known by an id or by when it was made."""
BY_ID: Final = OWN | {Rule.EQUAL}
"""The message belongs to the bot's work for us: the job's own interaction, or that of an equal job."""
INFERRED: Final = frozenset({Rule.WINDOW, Rule.TEXT})
"""The job was inferred, by time or by words: an id that names another one wins."""


@dataclass(frozen=True, slots=True)
class Match:
    """The message belongs to this job."""

    job_id: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Foreign:
    """The message belongs to someone else's interaction, or to none."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The message may belong to one of these jobs, or to none; nothing decides it."""

    job_ids: tuple[str, ...]


Verdict: TypeAlias = Match | Foreign | Ambiguous


def meant_by(verdict: Verdict) -> Sequence[str]:
    """Return the jobs that a message may belong to."""
    match verdict:
        case Match(job_id=job_id):
            return (job_id,)
        case Ambiguous(job_ids=job_ids):
            return job_ids
        case Foreign():
            return ()
