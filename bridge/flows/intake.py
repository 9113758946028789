"""Everything that is heard comes through here: read, find, match, bind, advance, save, in one transaction.

Live frames and rows of the history alike; anything may come twice, late or in the wrong order.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bridge.chat import Heard, InteractionCreated, InteractionFailed, Message, ModalOffered
from bridge.flows.step import Moved, Now, hear, ring_for, take_step
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.signals import Acknowledged, Doubted, Signal
from bridge.jobs.verdict import Ambiguous, Foreign, Match, Rule, Verdict, meant_by
from bridge.matcher import match
from bridge.pixverse.profile import Profile
from bridge.pixverse.reading import read
from bridge.ports import Bells
from bridge.store import interactions, jobs, messages, modals
from bridge.store.candidates import candidates
from bridge.store.database import Database, Tx
from bridge.store.passing import pass_by

log = structlog.get_logger(__name__)

REASONS = {1: "Discord gave no reason", 2: "the bot did not answer in time"}


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes in what one account hears. `ignored` counts by reason what is someone else's, since the start."""

    account: int
    database: Database
    bells: Bells
    profile: Profile
    ignored: Counter[str] = field(default_factory=Counter)

    async def take(self, heard: Heard, now: Now) -> None:
        """Let what was heard do what it does to a job, if it is about one of ours."""
        moved = await self.database.write(lambda tx: self._taken(tx, heard, now))
        ring_for(self.bells, moved)
        if _may_free_the_way(heard):
            self.bells.ring(f"account:{self.account}")
        for step in moved:
            _tell(step)

    async def take_page(self, page: Sequence[Message], now: Now) -> None:
        """Let a page of the history do what it does, in one transaction; what people wrote is left out."""
        kept = [message for message in page if message.author_is_bot is not False]
        if not kept:
            return
        moved = await self.database.write(
            lambda tx: [step for message in kept for step in self._taken(tx, message, now)]
        )
        ring_for(self.bells, moved)
        if any(map(_may_free_the_way, kept)):
            self.bells.ring(f"account:{self.account}")
        for step in moved:
            _tell(step)

    async def try_strays(self, now: Now) -> None:
        """Try again what could not be decided, when the candidates have changed without a message."""
        ring_for(self.bells, await self.database.write(lambda tx: self._strays(tx, now)))

    def in_question(self, tx: Tx) -> frozenset[str]:
        """Return the jobs that what could not be decided may be about."""
        found = (self._verdict(tx, stray) for stray in messages.strays(tx, self.account))
        return frozenset(job_id for verdict in found for job_id in meant_by(verdict))

    def _taken(self, tx: Tx, heard: Heard, now: Now) -> Sequence[Moved]:
        match heard:
            case Message():
                moved = self._message(tx, heard, now)
                return [] if moved is None else [*moved, *self._strays(tx, now)]
            case InteractionCreated() | ModalOffered() | InteractionFailed() if self._is_mine(
                tx, heard.nonce
            ):
                return [*_interaction(tx, heard, now), *self._strays(tx, now)]
            case _:
                return []

    def _is_mine(self, tx: Tx, nonce: str) -> bool:
        """Tell whether an interaction is this account's: all that share a token hear of all of them."""
        job = _job(tx, interactions.job_of(tx, nonce))
        return job is not None and job.account == self.account

    def _message(self, tx: Tx, message: Message, now: Now) -> Sequence[Moved] | None:
        """Return the jobs that a message moves, None when it was bound to none."""
        reading, verdict = read(message, self.profile), self._verdict(tx, message)
        match verdict:
            case Match(job_id=job_id, rule=rule):
                messages.bind(tx, self.account, message, job_id, rule, now.ms)
                if rule is Rule.WINDOW and message.interaction_id is not None:
                    interactions.learned(tx, job_id, message.interaction_id)
                step = _moved if message.is_history else _stepped
                return [] if rule is Rule.FILES else step(tx, job_id, reading.signal, now)
            case Ambiguous(job_ids=job_ids):
                is_kept = messages.keep_stray(tx, self.account, message, now.ms)
                log.warning("message_is_ambiguous", message_id=message.id, job_ids=job_ids, is_kept=is_kept)
            case Foreign(reason=reason):
                self.ignored[reason] += not message.is_history
                log.debug("message_is_foreign", message_id=message.id, reason=reason)
                return [] if pass_by(tx, self.account, message, reading) else None
        return None

    def _verdict(self, tx: Tx, message: Message) -> Verdict:
        return match(message, read(message, self.profile), candidates(tx, self.account, message))

    def _strays(self, tx: Tx, now: Now) -> Sequence[Moved]:
        """Try again what could not be decided: what was just heard has changed the candidates.

        Each decision changes them once more.
        """
        for stray in messages.strays(tx, self.account):
            if isinstance(self._verdict(tx, stray), Ambiguous):
                continue
            messages.drop_stray(tx, self.account, stray.id)
            moved = self._message(tx, stray, now)
            if moved is not None:
                return [*moved, *self._strays(tx, now)]
        return []


def _tell(step: Moved) -> None:
    """Log a step: the many words of progress between two statuses only for who looks for them."""
    job, tell = step.job, log.info if step.has_new_status else log.debug
    tell("job_advanced", job_id=job.id, status=job.status, state=job.state)


def _may_free_the_way(heard: Heard) -> bool:
    """Tell whether something may be sent now that could not be before: a modal's answer, or a look-alike."""
    return isinstance(heard, ModalOffered) or (isinstance(heard, Message) and bool(heard.attachments))


def _interaction(
    tx: Tx, heard: InteractionCreated | ModalOffered | InteractionFailed, now: Now
) -> Sequence[Moved]:
    match heard:
        case InteractionCreated(id=interaction_id, nonce=nonce):
            messages.unbind_wrong(tx, nonce, interaction_id)
            return _stepped(tx, interactions.created(tx, nonce, interaction_id), Acknowledged(), now)
        case ModalOffered():
            return _stepped(tx, modals.offered(tx, heard), Acknowledged(), now)
        case InteractionFailed():
            return _failed(tx, heard, now)


def _failed(tx: Tx, heard: InteractionFailed, now: Now) -> Sequence[Moved]:
    """Give up a job whose interaction failed; one of which the bot has spoken has been answered.

    A bot that answers too late, or not as Discord wants it, may still make the video.
    """
    job = _job(tx, interactions.job_of(tx, heard.nonce))
    if job is None or job.said is not None:
        return []
    reason = REASONS.get(heard.reason or 1, f"reason {heard.reason}")
    failure = Failure(Cause.INTERACTION_FAILED, f"The bot failed the interaction: {reason}")
    return _stepped(tx, job.id, Doubted(failure), now)


def _stepped(tx: Tx, job_id: str | None, signal: Signal | None, now: Now) -> Sequence[Moved]:
    """Move a job by what was heard just now: it breaks the silence, also when it moves nothing."""
    moved = _moved(tx, job_id, signal, now)
    if job_id is not None and signal is not None and not moved:
        hear(tx, job_id, now)
    return moved


def _moved(tx: Tx, job_id: str | None, signal: Signal | None, now: Now) -> Sequence[Moved]:
    job = _job(tx, job_id)
    if job is None or signal is None:
        return []
    after = take_step(tx, job, signal, now)
    return [after] if after else []


def _job(tx: Tx, job_id: str | None) -> Job | None:
    return jobs.by_id(tx, job_id) if job_id else None
