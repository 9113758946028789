"""Messages that were heard and could not be decided: strays.

The rows are the truth; in memory each is read
once, and tried again when that may help. A message of another job costs nothing here, however many strays
there are. One that raises when it is judged is left out until the next start, and delays no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import structlog

from bridge.chat import Message
from bridge.jobs.candidate import EXPECTED_MS, Candidate
from bridge.jobs.verdict import Ambiguous, Match, Verdict, meant_by
from bridge.matching.matcher import files_of, match
from bridge.pixverse.profile import Profile
from bridge.pixverse.reading import Reading, read
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import jobs, messages
from bridge.store.rows.candidates import Candidates

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What was learned that may decide strays.

    `jobs` have ended, are known by other words, or have got a message or an id; `names` are ids and files
    that have been given to a job. `is_all` says that anything may be decided now.
    """

    jobs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    is_all: bool = False

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return self.is_all or bool(self.jobs or self.names)

    def __or__(self, other: "News") -> "News":
        """Return both."""
        return News(self.jobs | other.jobs, self.names | other.names, self.is_all or other.is_all)


@dataclass(frozen=True, slots=True)
class Stray:
    """A message with its reading, what it is known by and refers to, and the jobs that it may be about.

    `about` is None as long as it has not been judged. One that is broken raised when it was taken in: it is
    tried no more until the next start, and keeps its row, so its jobs are not proven absent.
    """

    message: Message
    reading: Reading
    names: frozenset[str]
    about: frozenset[str] | None = None
    is_broken: bool = False

    def may_be_decided_by(self, news: News) -> bool:
        """Tell whether what was learned may decide it."""
        if self.is_broken:
            return False
        return news.is_all or self.about is None or bool(self.about & news.jobs or self.names & news.names)


Judged: TypeAlias = tuple[Stray, Verdict]
Source: TypeAlias = Callable[[], Stray]
"""Returns a stray, or raises when its row cannot be read."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at strays has found: those that were judged, those that raised, and the jobs owed then."""

    judged: Sequence[Judged]
    raised: Mapping[str, Source]
    owed: frozenset[str]


class Strays:
    """The strays of one account."""

    def __init__(
        self, account: int, database: Database, profile: Profile, expected_ms: int = EXPECTED_MS
    ) -> None:
        self._account = account
        self._database = database
        self._profile = profile
        self._expected_ms = expected_ms
        self._known: dict[str, Stray] = {}
        """By their message; those of before the start only when they have been read from the database."""
        self._unjudged: dict[str, frozenset[str]] = {}
        """Those that raised when they were judged, with the jobs that they may be about."""
        self._is_read = False

    @property
    def has_any(self) -> bool:
        """Tell whether there are any, as far as is known."""
        return bool(self._known) or not self._is_read

    def keep(self, message: Message, reading: Reading, verdict: Ambiguous) -> None:
        """Remember one whose row was written."""
        self._unjudged.pop(message.id, None)
        about = frozenset(verdict.job_ids)
        self._known[message.id] = Stray(message, reading, names_of(message), about)

    def forget(self, message_id: str) -> None:
        """Remember one no longer whose row was dropped."""
        self._known.pop(message_id, None)
        self._unjudged.pop(message_id, None)

    def set_aside(self, message_id: str, about: frozenset[str]) -> None:
        """Remember one that raised when it was heard, and whose row was written."""
        self._known.pop(message_id, None)
        self._unjudged.setdefault(message_id, about)

    def was_taken(self, message_id: str) -> None:
        """Judge one again that raised before, since what was said anew of it could be taken."""
        if self._unjudged.pop(message_id, None) is not None:
            self._is_read = False

    def leave_out(self, stray: Stray) -> None:
        """Try one no more that raised when it was taken in."""
        self._known[stray.message.id] = replace(stray, is_broken=True)

    async def decidable(self, news: News) -> Sequence[Stray]:
        """Return those that what was learned decides, oldest first."""
        verdicts = await self._judged(news)
        return [
            stray for stray, verdict in verdicts if not stray.is_broken and not isinstance(verdict, Ambiguous)
        ]

    async def in_question(self) -> Mapping[str, frozenset[str]]:
        """Return each stray with the jobs that it may be about, as things stand now."""
        verdicts = await self._judged(News(is_all=True))
        judged = {stray.message.id: frozenset(meant_by(verdict)) for stray, verdict in verdicts}
        return self._unjudged | judged

    async def _judged(self, news: News) -> Sequence[Judged]:
        """Judge those that what was learned concerns; all of them are looked up when it concerns all."""
        if news.is_all or not self._is_read:
            return await self._noted(await self._looked_up())
        concerned = [stray for stray in self._known.values() if stray.may_be_decided_by(news)]
        if not concerned:
            return []
        sources = {stray.message.id: partial(_same, stray) for stray in concerned}
        return await self._noted(await self._database.read(lambda tx: self._look(tx, sources)))

    async def _looked_up(self) -> Looked:
        """Look all of them up; those that come meanwhile are kept beside them."""
        before, unjudged = dict(self._known), frozenset(self._unjudged)

        def look(tx: Tx) -> tuple[Mapping[str, str], Looked]:
            rows = messages.strays(tx, self._account)
            sources = {
                message_id: partial(self._as_known, before.get(message_id), body)
                for message_id, body in rows.items()
                if message_id not in unjudged
            }
            return rows, self._look(tx, sources)

        rows, looked = await self._database.read(look)
        self._is_read = True
        for message_id in (before.keys() | unjudged) - rows.keys():
            self.forget(message_id)
        return looked

    def _look(self, tx: Tx, sources: Mapping[str, Source]) -> Looked:
        """Judge strays; the jobs that they can be about are loaded once for all of them."""
        candidates = self._candidates(tx)
        judged, raised = [], {}
        for message_id, source in sources.items():
            try:
                judged.append(_judge(candidates, source))
            except Exception:  # noqa: BLE001 - one stray: it is judged by itself, where what it raises is told
                raised[message_id] = source
        owed = jobs.owed_ids(tx, self._account) if raised else ()
        return Looked(judged, raised, frozenset(owed))

    async def _noted(self, looked: Looked) -> Sequence[Judged]:
        """Remember what a look has found; what raised among the others is judged by itself."""
        self._note(looked.judged)
        alone = [
            judged
            for message_id, source in looked.raised.items()
            if (judged := await self._judged_alone(message_id, source, looked.owed))
        ]
        self._note(alone)
        return [*looked.judged, *alone]

    async def _judged_alone(self, message_id: str, source: Source, owed: frozenset[str]) -> Judged | None:
        """Judge one by itself. If it raises, leave it out: it may be about what it was, or any job owed."""
        try:
            return await self._database.read(
                lambda tx: _judge(Candidates(tx, self._account, self._expected_ms), source)
            )
        except StoreUnavailable:
            raise
        except Exception:
            if message_id not in self._unjudged:
                log.exception("stray_was_not_judged", account=self._account, message_id=message_id)
        known = self._known.pop(message_id, None)
        about = known.about if known else None
        self._unjudged.setdefault(message_id, owed if about is None else about)
        return None

    def _candidates(self, tx: Tx) -> Candidates:
        return Candidates(tx, self._account, self._expected_ms)

    def _as_known(self, known: Stray | None, body: str) -> Stray:
        """Return a stray with the reading that it had, if it is the same still."""
        message = messages.load(body)
        if known is not None and known.message == message:
            return known
        return Stray(message, read(message, self._profile), names_of(message))

    def _note(self, verdicts: Sequence[Judged]) -> None:
        for stray, verdict in verdicts:
            self._known[stray.message.id] = replace(stray, about=frozenset(meant_by(verdict)))


def _judge(candidates: Candidates, source: Source) -> Judged:
    stray = source()
    return stray, verdict_on(stray.message, stray.reading, candidates.of(stray.message))


def _same(stray: Stray) -> Stray:
    return stray


def verdict_on(message: Message, reading: Reading, found: Sequence[Candidate]) -> Verdict:
    """Return whose message it is; what is of a job that cannot be read stays undecided until it can."""
    verdict = match(message, reading, found)
    unreadable = {job.job_id for job in found if not job.is_readable}
    if isinstance(verdict, Match) and verdict.job_id in unreadable:
        return Ambiguous((verdict.job_id,))
    return verdict


def names_of(message: Message) -> frozenset[str]:
    """Return what a message is known by and refers to: ids, and its files."""
    named = (
        message.id,
        message.nonce,
        message.interaction_id,
        message.reference_id,
        message.interacted_message_id,
        files_of(message),
    )
    return frozenset(name for name in named if name)
