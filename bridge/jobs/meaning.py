"""What an event means for its job; pure. Used by the bridge and by `explain`."""

from typing import Final

from bridge.chat import Heard, InteractionCreated, InteractionFailed, Message, ModalOffered
from bridge.jobs.given_up import INTERACTION_FAILED, given_up
from bridge.jobs.job import Job
from bridge.jobs.signals import Acknowledged, Signal
from bridge.jobs.verdict import Rule

REASONS: Final = {1: "Discord gave no reason", 2: "the bot did not answer in time"}


def signal_of(heard: Heard, job: Job, says: Signal | None = None, rule: Rule | None = None) -> Signal | None:
    """Return the signal, None if the event means nothing for the job.

    `says` is what a message says by itself, `rule` by what it was matched: files that come again say nothing.
    """
    match heard:
        case Message():
            return None if rule is Rule.FILES else says
        case InteractionCreated() | ModalOffered():
            return Acknowledged()
        case InteractionFailed():
            return _failed(heard, job)
        case _:
            return None


def _failed(heard: InteractionFailed, job: Job) -> Signal | None:
    """Give up a job whose interaction failed; one of which the bot has spoken has been answered.

    A bot that answers too late, or not as Discord wants it, may still make the video.
    """
    if job.said is not None:
        return None
    reason = REASONS.get(heard.reason or 1, f"reason {heard.reason}")
    return given_up(INTERACTION_FAILED, why=reason)
