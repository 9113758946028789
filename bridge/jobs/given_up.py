"""The reasons for giving a job up, each with its cause and text; pure.

A job that is given up is never sent again, but a late result is still accepted.
"""

from dataclasses import dataclass
from typing import Final

from bridge.jobs.job import Cause, Failure
from bridge.jobs.signals import GivenUp
from bridge.jobs.texts import NEEDS_ATTENTION, THROTTLED

LATE_RESULT: Final = "The job was not sent again; it may have run, and a late result is still taken."


@dataclass(frozen=True, slots=True)
class Ending:
    """A cause with its error text and details, with `{…}` as placeholders."""

    cause: Cause
    error: str
    details: str | None = None


SILENT: Final = Ending(Cause.SILENCE, "The bot has been silent for {seconds:g} seconds", LATE_RESULT)
UNCONFIRMED: Final = Ending(
    Cause.UNKNOWN_OUTCOME,
    "Discord did not confirm the command",
    "Not found in the channel; not sent again. A late result is still accepted.",
)
ANSWERED_429: Final = Ending(Cause.THROTTLED, THROTTLED, "{body}")
INTERACTION_FAILED: Final = Ending(Cause.INTERACTION_FAILED, "The bot failed the interaction: {why}")
UNUSABLE_ACCOUNT: Final = Ending(Cause.ACCOUNT, NEEDS_ATTENTION, "{why}. " + LATE_RESULT)
UNREACHED_ACCOUNT: Final = Ending(Cause.ACCOUNT, NEEDS_ATTENTION, "{why}. " + LATE_RESULT)
RESTORED_IN_QUEUE: Final = Ending(
    Cause.UNKNOWN_OUTCOME,
    "The job waited in the queue of a backup that was restored",
    "It may have been sent since the backup was made; it was not sent again.",
)
REMOVED_ACCOUNT: Final = Ending(
    Cause.ACCOUNT_REMOVED,
    "The account was removed while it could not hear the bot",
    "The job may have run; it was not sent again.",
)


def given_up(reason: Ending, *, retry_after_s: float | None = None, **brings: str | float) -> GivenUp:
    """Return the signal that gives a job up; `brings` are the values of the reason's placeholders."""
    details = None if reason.details is None else reason.details.format(**brings)
    return GivenUp(Failure(reason.cause, reason.error.format(**brings), details, retry_after_s))
