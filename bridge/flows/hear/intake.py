"""Processes every received event: parse, find candidates, match, bind, advance, save, in one transaction.

Gateway events and messages of the history take the same path; anything may arrive twice, late or in the wrong
order. Parsing happens before the transaction, notifications and logging after it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bridge.accounts.notice import Notice
from bridge.chat import Heard, InteractionCreated, InteractionFailed, Message, ModalOffered
from bridge.flows.context import AccountContext
from bridge.flows.hear.candidates import candidates, pass_by
from bridge.flows.hear.notices import keep_notices, report_notices
from bridge.flows.hear.strays import News, Stray, Strays, names_of, verdict_on
from bridge.flows.hear.unmatched import Unmatched, why_superfluous, why_unmatched
from bridge.flows.step import Freed, Moved, Now, note_sign_of_life, notify_of, take_step
from bridge.jobs.candidate import Candidate
from bridge.jobs.job import Job, State
from bridge.jobs.meaning import signal_of
from bridge.jobs.signals import Signal
from bridge.jobs.verdict import INFERRED, Ambiguous, Foreign, Match, Rule, Verdict
from bridge.matching.matcher import NOT_OURS, NOT_THE_BOT
from bridge.pixverse.reading import Reading, read
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.rows import interactions, jobs, messages, modals, passing
from bridge.store.rows.jobs import Columns, UnreadableJob
from bridge.store.rows.messages import Binding

log = structlog.get_logger(__name__)

NOTHING: Final = News()


@dataclass(frozen=True, slots=True)
class Effect:
    """The result of one event: the steps it made, the verdict on a message, and what may be decided now.

    `is_kept`: there was room to store an undecided message. `unmatched`: why no job got a video for the
    account's user. `notices` are what the bot has told of the account's credits and limits.
    """

    moved: Sequence[Moved] = ()
    verdict: Verdict | None = None
    news: News = NOTHING
    is_kept: bool = False
    unmatched: str | None = None
    notices: Sequence[Notice] = ()


class Intake:
    """Processes the events of one account. `ignored` counts, by reason, messages that belong to others.

    `unmatched` are the videos for the account's user that no job got.
    """

    def __init__(self, context: AccountContext) -> None:
        self.ignored: Counter[str] = Counter()
        self.unmatched = Unmatched()
        self._context = context
        self._strays = Strays(context)

    async def take(self, heard: Heard, now: Now) -> None:
        """Process an event.

        A message that raises is stored as a stray, so that a later start can process it.
        """
        if isinstance(heard, Message):
            await self._take_message(heard, now)
            return
        taken = await self._context.database.write(lambda tx: self._apply_interaction(tx, heard, now))
        self._report(taken)
        if isinstance(heard, ModalOffered):
            self._context.notifier.notify(f"account:{self._context.account.id}")
        await self._retry_strays(taken.news, now)

    async def take_page(self, page: Sequence[Message], now: Now) -> None:
        """Process a page of the history in one transaction."""
        await self._take_messages(page, now)

    async def retry_strays(self, now: Now) -> None:
        """Try all strays again, because more may have changed than was notified."""
        if self._strays.has_any:
            await self._retry_strays(News(is_all=True), now)

    async def in_question(self) -> Mapping[str, frozenset[str]]:
        """Return the possible jobs of each stray, by message."""
        return await self._strays.in_question()

    async def _take_message(self, message: Message, now: Now) -> None:
        try:
            await self._take_messages([message], now)
        except StoreUnavailable:
            raise
        except Exception:
            await self._set_aside(message, now)
            raise

    async def _set_aside(self, message: Message, now: Now) -> None:
        """Store a message that raised, unless a person wrote it; it may belong to any owed job."""
        if message.author_is_bot is False:
            return

        def keep(tx: Tx) -> tuple[bool, Sequence[str]]:
            is_kept = messages.keep_stray(tx, self._context.account.id, message, now.ms)
            return is_kept, jobs.owed_ids(tx, self._context.account.id)

        is_kept, owed = await self._context.database.write(keep)
        if is_kept:
            self._strays.set_aside(message.id, frozenset(owed))

    async def _take_messages(self, page: Sequence[Message], now: Now) -> None:
        """Process messages; those of people are skipped without a transaction."""
        kept = [message for message in page if message.author_is_bot is not False]
        if people := sum(not one.is_history for one in page if one.author_is_bot is False):
            self.ignored[NOT_THE_BOT] += people
            self._context.metrics.foreign(people)
        if not kept:
            return
        known = [(message, read(message, self._context.profile)) for message in kept]
        taken = await self._context.database.write(
            lambda tx: [self._apply_message(tx, message, reading, now) for message, reading in known]
        )
        news = NOTHING
        for (message, reading), each in zip(known, taken, strict=True):
            self._strays.was_taken(message.id)
            self._report_message(message, reading, each)
            news |= each.news
        await self._retry_strays(news, now)

    async def _retry_strays(self, news: News, now: Now) -> None:
        """Decide the strays that new information concerns, and those that this decides in turn."""
        while news:
            strays = await self._strays.decidable(news)
            news = NOTHING
            for stray, taken in await self._decide_each(strays, now):
                self._strays.forget(stray.message.id)
                self._report_message(stray.message, stray.reading, taken)
                news |= taken.news

    async def _decide_each(self, strays: Sequence[Stray], now: Now) -> Sequence[tuple[Stray, Effect]]:
        """Process strays separately, so that one that raises does not block the others."""
        async with asyncio.TaskGroup() as tasks:
            tries = [
                tasks.create_task(self._decide_one(stray, now), name=f"stray-{stray.message.id}")
                for stray in strays
            ]
        outcomes = [one.result() for one in tries]
        return [(stray, taken) for stray, taken in zip(strays, outcomes, strict=True) if taken]

    async def _decide_one(self, stray: Stray, now: Now) -> Effect | None:
        """Process a stray; if the disk is full it waits for the next sweep, if it raises it is left out."""
        try:
            return await self._context.database.write(lambda tx: self._apply_stray(tx, stray, now))
        except StoreUnavailable as error:
            log.warning("stray_is_waiting", message_id=stray.message.id, reason=str(error))
        except Exception:
            self._strays.leave_out(stray)
            log.exception("stray_was_not_taken", message_id=stray.message.id)
        return None

    def _apply_stray(self, tx: Tx, stray: Stray, now: Now) -> Effect | None:
        """Decide a stray and delete its row; None if it is still undecided, or was decided meanwhile."""
        message, reading = stray.message, stray.reading
        found = candidates(tx, self._context.account.id, message, self._context.timing.expected_ms)
        verdict = verdict_on(message, reading, found)
        if isinstance(verdict, Ambiguous) or not messages.delete_stray(
            tx, self._context.account.id, message.id
        ):
            return None
        return self._apply_verdict(tx, message, reading, verdict, found, now)

    def _apply_interaction(self, tx: Tx, heard: Heard, now: Now) -> Effect:
        """Process an interaction's event; accounts of one token receive the events of all of them."""
        if not isinstance(heard, InteractionCreated | ModalOffered | InteractionFailed):
            return Effect()
        job = _job_of(tx, heard.nonce)
        if job is None or job.account != self._context.account.id:
            return Effect()
        news = News(frozenset({job.id}))
        if isinstance(heard, InteractionCreated):
            passing.delete(tx, self._context.account.id, heard.id)
            news = _keep_id(tx, heard, news)
        elif isinstance(heard, ModalOffered):
            modals.offered(tx, heard)
        if isinstance(job, Columns):
            return Effect(news=news)
        return Effect(_move_live(tx, job, signal_of(heard, job), now), news=news)

    def _apply_message(self, tx: Tx, message: Message, reading: Reading, now: Now) -> Effect:
        """Process a message; one that is bound already goes straight to its job."""
        bound = messages.binding(tx, self._context.account.id, message.id)
        if bound is not None and _is_anothers(tx, bound, message):
            messages.unbind(tx, self._context.account.id, message.id)
        elif bound is not None:
            with suppress(UnreadableJob):
                return self._apply_bound(tx, bound, message, reading, now)
        found = candidates(tx, self._context.account.id, message, self._context.timing.expected_ms)
        return self._apply_verdict(tx, message, reading, verdict_on(message, reading, found), found, now)

    def _apply_bound(self, tx: Tx, bound: Binding, message: Message, reading: Reading, now: Now) -> Effect:
        """Process a message whose job is known."""
        job = jobs.by_id(tx, bound.job)
        if job is None:
            return Effect()
        if message.attachments and job.state is State.COMPLETED:
            found = candidates(tx, self._context.account.id, message, self._context.timing.expected_ms)
            verdict = verdict_on(message, reading, found)
            if isinstance(verdict, Match) and verdict.rule is Rule.EQUAL:
                return self._apply_verdict(tx, message, reading, verdict, found, now)
        if message.attachments:
            messages.bind(tx, self._context.account.id, message, job.id, bound.rule, now.ms)
        moved = _move_by_message(tx, job, message, signal_of(message, job, reading.signal), now)
        may_decide = bool(message.attachments) or any(
            step.may_unblock_others or step.is_first_news for step in moved
        )
        news = News(frozenset({job.id}), names_of(message)) if may_decide else NOTHING
        why = why_superfluous(tx, message, reading, job)
        told = keep_notices(tx, self._context.account.id, reading)
        return Effect(moved, Match(job.id, Rule.MESSAGE), news, unmatched=why, notices=told)

    def _apply_verdict(
        self,
        tx: Tx,
        message: Message,
        reading: Reading,
        verdict: Verdict,
        found: Sequence[Candidate],
        now: Now,
    ) -> Effect:
        why = why_unmatched(tx, self._context.account.id, message, reading, verdict, found)
        match verdict:
            case Match(job_id=job_id, rule=rule):
                return self._apply_match(tx, message, reading, jobs.by_id(tx, job_id), rule, now)
            case Ambiguous():
                is_kept = messages.keep_stray(tx, self._context.account.id, message, now.ms)
                return Effect(verdict=verdict, is_kept=is_kept, unmatched=why)
            case Foreign():
                news = self._pass_by(tx, message, reading)
                return Effect(verdict=verdict, news=news, unmatched=why)

    def _pass_by(self, tx: Tx, message: Message, reading: Reading) -> News:
        """Track interactions outside the bridge: when one has ended, it makes no stray doubtful."""
        has_ended = pass_by(tx, self._context.account.id, message, reading)
        return News(frozenset({message.interaction_id or ""})) if has_ended else NOTHING

    def _apply_match(
        self, tx: Tx, message: Message, reading: Reading, job: Job | None, rule: Rule, now: Now
    ) -> Effect:
        if job is None:
            return Effect()
        messages.bind(tx, self._context.account.id, message, job.id, rule, now.ms)
        if rule is Rule.WINDOW and message.interaction_id is not None:
            passing.delete(tx, self._context.account.id, message.interaction_id)
            interactions.learned(tx, job.id, message.interaction_id)
        moved = _move_by_message(tx, job, message, signal_of(message, job, reading.signal, rule), now)
        news, why = News(frozenset({job.id}), names_of(message)), why_superfluous(tx, message, reading, job)
        told = keep_notices(tx, self._context.account.id, reading)
        return Effect(moved, Match(job.id, rule), news, unmatched=why, notices=told)

    def _report_message(self, message: Message, reading: Reading, taken: Effect) -> None:
        report_notices(self._context, taken.notices)
        self._report(taken)
        self._report_unmatched(message, taken)
        if message.attachments and isinstance(taken.verdict, Match):
            self._context.notifier.notify(f"account:{self._context.account.id}", Freed())
        match taken.verdict:
            case Match(rule=rule):
                self._context.metrics.matched(rule)
            case Ambiguous(job_ids=job_ids):
                self._context.metrics.ambiguous()
                if taken.is_kept:
                    self._strays.keep(message, reading, taken.verdict)
                log.warning(
                    "message_is_ambiguous", message_id=message.id, job_ids=job_ids, is_kept=taken.is_kept
                )
            case Foreign(reason=reason):
                self.ignored[reason] += not message.is_history
                self._context.metrics.foreign()
                log.debug("message_is_foreign", message_id=message.id, reason=reason)

    def _report_unmatched(self, message: Message, taken: Effect) -> None:
        """Warn once of a video that no job got; its job may be found later."""
        why = taken.unmatched
        if why is None and (isinstance(taken.verdict, Match) or taken.verdict == NOT_OURS):
            self.unmatched.remove(message.id)
        elif why is not None and self.unmatched.add(message, why):
            self._context.metrics.unmatched()
            log.warning("video_is_unmatched", message_id=message.id, why=why)

    def _report(self, taken: Effect) -> None:
        """Notify subscribers, and log; progress is logged at level debug."""
        notify_of(self._context.notifier, taken.moved)
        for step in taken.moved:
            job = step.job
            if step.has_new_status:
                log.info("job_advanced", job_id=job.id, status=job.status, state=job.state)
            else:
                log.debug("job_advanced", job_id=job.id, status=job.status, state=job.state)


def _move_by_message(tx: Tx, job: Job, message: Message, signal: Signal | None, now: Now) -> Sequence[Moved]:
    """Advance a job by a message; one from the history does not end its silence."""
    return (_move if message.is_history else _move_live)(tx, job, signal, now)


def _move_live(tx: Tx, job: Job, signal: Signal | None, now: Now) -> Sequence[Moved]:
    """Advance a job by a live event: it ends the silence, also if it changes nothing."""
    moved = _move(tx, job, signal, now)
    if signal is not None and not moved:
        note_sign_of_life(tx, job, now)
    return moved


def _move(tx: Tx, job: Job, signal: Signal | None, now: Now) -> Sequence[Moved]:
    step = take_step(tx, job, signal, now) if signal is not None else None
    return [step] if step else []


def _keep_id(tx: Tx, heard: InteractionCreated, news: News) -> News:
    """Store the id of an interaction; if it reveals the clock difference, all strays may be decided."""
    ahead_ms = interactions.ahead_ms(tx)
    has_unbound = messages.unbind_wrong(tx, heard.nonce, heard.id)
    interactions.created(tx, heard.nonce, heard.id)
    is_all = has_unbound or interactions.ahead_ms(tx) != ahead_ms
    return replace(news, names=frozenset({heard.id}), is_all=is_all)


def _is_anothers(tx: Tx, bound: Binding, message: Message) -> bool:
    """Return whether a message that was bound without an id has an id of another job."""
    has_id = message.nonce is not None or message.interaction_id is not None
    return has_id and bound.rule in INFERRED and messages.is_named_by_another(tx, message, bound.job)


def _job_of(tx: Tx, nonce: str) -> Job | Columns | None:
    """Return the job of a nonce, or its columns if it is unreadable."""
    job_id = interactions.job_of(tx, nonce)
    try:
        return jobs.by_id(tx, job_id) if job_id else None
    except UnreadableJob as error:
        return error.job
