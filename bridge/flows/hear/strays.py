"""Strays: messages that may belong to several jobs and could not be decided.

They are stored as rows; in memory each is parsed once, and tried again only if new information may decide it.
So messages of other jobs cost nothing here, however many strays there are. A stray that raises is left out
until the next start, and delays no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import structlog

from bridge.chat import Message
from bridge.flows.context import AccountContext
from bridge.flows.hear.candidates import Candidates
from bridge.jobs.candidate import Candidate, files_of
from bridge.jobs.verdict import Ambiguous, Match, Verdict, meant_by
from bridge.matching.matcher import match
from bridge.pixverse.reading import Reading, read
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.rows import jobs, messages

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """New information that may decide strays.

    `jobs` have ended, have new words, or got a message or an id; `names` are ids and files that were assigned
    to a job. `is_all`: any stray may be decided now.
    """

    jobs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    is_all: bool = False

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return self.is_all or bool(self.jobs or self.names)

    def __or__(self, other: "News") -> "News":
        """Return both."""
        return News(self.jobs | other.jobs, self.names | other.names, self.is_all or other.is_all)


@dataclass(frozen=True, slots=True)
class Stray:
    """A message with its reading, its ids and references, and the jobs that it may belong to.

    `about` is None until it has been matched. A broken one raised when it was processed: it is not tried
    again until the next start, and keeps its row, so its jobs are not proven absent.
    """

    message: Message
    reading: Reading
    names: frozenset[str]
    about: frozenset[str] | None = None
    is_broken: bool = False

    def may_be_decided_by(self, news: News) -> bool:
        """Return whether new information may decide it."""
        if self.is_broken:
            return False
        return news.is_all or self.about is None or bool(self.about & news.jobs or self.names & news.names)


Judged: TypeAlias = tuple[Stray, Verdict]
Source: TypeAlias = Callable[[], Stray]
"""Returns a stray, or raises if its row cannot be read."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of matching strays: the verdicts, those that raised, and the jobs owed at that time."""

    judged: Sequence[Judged]
    raised: Mapping[str, Source]
    owed: frozenset[str]


class Strays:
    """The strays of one account."""

    def __init__(self, context: AccountContext) -> None:
        self._context = context
        self._known: dict[str, Stray] = {}
        """By message id; earlier ones only after they were read from the database."""
        self._unjudged: dict[str, frozenset[str]] = {}
        """Those that raised when they were matched, with the jobs that they may belong to."""
        self._is_read = False

    @property
    def has_any(self) -> bool:
        """Return whether there are any, as far as is known."""
        return bool(self._known) or not self._is_read

    def keep(self, message: Message, reading: Reading, verdict: Ambiguous) -> None:
        """Add a stray whose row was written."""
        self._unjudged.pop(message.id, None)
        about = frozenset(verdict.job_ids)
        self._known[message.id] = Stray(message, reading, names_of(message), about)

    def forget(self, message_id: str) -> None:
        """Remove a stray whose row was deleted."""
        self._known.pop(message_id, None)
        self._unjudged.pop(message_id, None)

    def set_aside(self, message_id: str, about: frozenset[str]) -> None:
        """Add a message that raised when it was processed, and whose row was written."""
        self._known.pop(message_id, None)
        self._unjudged.setdefault(message_id, about)

    def was_taken(self, message_id: str) -> None:
        """Match a stray again that raised before, because a newer version of it was processed."""
        if self._unjudged.pop(message_id, None) is not None:
            self._is_read = False

    def leave_out(self, stray: Stray) -> None:
        """Leave out a stray that raised when it was processed."""
        self._known[stray.message.id] = replace(stray, is_broken=True)

    async def decidable(self, news: News) -> Sequence[Stray]:
        """Return the strays that new information decides, oldest first."""
        verdicts = await self._judge(news)
        return [
            stray for stray, verdict in verdicts if not stray.is_broken and not isinstance(verdict, Ambiguous)
        ]

    async def in_question(self) -> Mapping[str, frozenset[str]]:
        """Return each stray with the jobs that it may belong to now."""
        verdicts = await self._judge(News(is_all=True))
        judged = {stray.message.id: frozenset(meant_by(verdict)) for stray, verdict in verdicts}
        return self._unjudged | judged

    async def _judge(self, news: News) -> Sequence[Judged]:
        """Match the strays that new information concerns; read all of them if it concerns all."""
        if news.is_all or not self._is_read:
            return await self._remember(await self._judge_all())
        concerned = [stray for stray in self._known.values() if stray.may_be_decided_by(news)]
        if not concerned:
            return []
        sources = {stray.message.id: partial(_same, stray) for stray in concerned}
        return await self._remember(
            await self._context.database.read(lambda tx: self._judge_each(tx, sources))
        )

    async def _judge_all(self) -> Judgement:
        """Read and match all strays; those added meanwhile are kept."""
        before, unjudged = dict(self._known), frozenset(self._unjudged)

        def look(tx: Tx) -> tuple[Mapping[str, str], Judgement]:
            rows = messages.strays(tx, self._context.account.id)
            sources = {
                message_id: partial(self._as_known, before.get(message_id), body)
                for message_id, body in rows.items()
                if message_id not in unjudged
            }
            return rows, self._judge_each(tx, sources)

        rows, judgement = await self._context.database.read(look)
        self._is_read = True
        for message_id in (before.keys() | unjudged) - rows.keys():
            self.forget(message_id)
        return judgement

    def _judge_each(self, tx: Tx, sources: Mapping[str, Source]) -> Judgement:
        """Match strays; their candidates are loaded once for all of them."""
        candidates = self._candidates(tx)
        judged, raised = [], {}
        for message_id, source in sources.items():
            try:
                judged.append(_judge_one(candidates, source))
            except Exception:  # noqa: BLE001 - one stray: it is judged by itself, where what it raises is told
                raised[message_id] = source
        owed = jobs.owed_ids(tx, self._context.account.id) if raised else ()
        return Judgement(judged, raised, frozenset(owed))

    async def _remember(self, judgement: Judgement) -> Sequence[Judged]:
        """Store the results; a stray that raised among the others is matched separately."""
        self._remember_judged(judgement.judged)
        alone = [
            judged
            for message_id, source in judgement.raised.items()
            if (judged := await self._judge_alone(message_id, source, judgement.owed))
        ]
        self._remember_judged(alone)
        return [*judgement.judged, *alone]

    async def _judge_alone(self, message_id: str, source: Source, owed: frozenset[str]) -> Judged | None:
        """Match one separately. If it raises, leave it out: its possible jobs stay, or are all owed ones."""
        try:
            return await self._context.database.read(
                lambda tx: _judge_one(
                    Candidates(tx, self._context.account.id, self._context.timing.expected_ms), source
                )
            )
        except StoreUnavailable:
            raise
        except Exception:
            if message_id not in self._unjudged:
                log.exception("stray_was_not_judged", message_id=message_id)
        known = self._known.pop(message_id, None)
        about = known.about if known else None
        self._unjudged.setdefault(message_id, owed if about is None else about)
        return None

    def _candidates(self, tx: Tx) -> Candidates:
        return Candidates(tx, self._context.account.id, self._context.timing.expected_ms)

    def _as_known(self, known: Stray | None, body: str) -> Stray:
        """Return a stray with its earlier reading, if it has not changed."""
        message = messages.load(body)
        if known is not None and known.message == message:
            return known
        return Stray(message, read(message, self._context.profile), names_of(message))

    def _remember_judged(self, verdicts: Sequence[Judged]) -> None:
        for stray, verdict in verdicts:
            self._known[stray.message.id] = replace(stray, about=frozenset(meant_by(verdict)))


def _judge_one(candidates: Candidates, source: Source) -> Judged:
    stray = source()
    return stray, verdict_on(stray.message, stray.reading, candidates.of(stray.message))


def _same(stray: Stray) -> Stray:
    return stray


def verdict_on(message: Message, reading: Reading, found: Sequence[Candidate]) -> Verdict:
    """Return the verdict; a message of an unreadable job stays undecided until the job can be read."""
    verdict = match(message, reading, found)
    unreadable = {job.job_id for job in found if not job.is_readable}
    if isinstance(verdict, Match) and verdict.job_id in unreadable:
        return Ambiguous((verdict.job_id,))
    return verdict


def names_of(message: Message) -> frozenset[str]:
    """Return the ids, references and files of a message."""
    named = (
        message.id,
        message.nonce,
        message.interaction_id,
        message.reference_id,
        message.interacted_message_id,
        files_of(message),
    )
    return frozenset(name for name in named if name)
