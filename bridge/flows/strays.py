"""What was heard and could not be decided, in memory: each stray read once, and tried again when it may help.

The rows are the truth. A message of another job costs nothing here, however many strays there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.chat import Message
from bridge.jobs.verdict import Ambiguous, Verdict, meant_by
from bridge.matching.matcher import files_of, match
from bridge.pixverse.profile import Profile
from bridge.pixverse.reading import Reading, read
from bridge.store import messages
from bridge.store.candidates import Candidates
from bridge.store.database import Database, Tx


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


class Strays:
    """The strays of one account."""

    def __init__(self, account: int, database: Database, profile: Profile) -> None:
        self._account = account
        self._database = database
        self._profile = profile
        self._known: dict[str, Stray] = {}
        """By their message; those of before the start only when they have been read from the database."""
        self._is_read = False

    @property
    def has_any(self) -> bool:
        """Tell whether there are any, as far as is known."""
        return bool(self._known) or not self._is_read

    def keep(self, message: Message, reading: Reading, verdict: Ambiguous) -> None:
        """Remember one whose row was written."""
        about = frozenset(verdict.job_ids)
        self._known[message.id] = Stray(message, reading, names_of(message), about)

    def forget(self, message_id: str) -> None:
        """Remember one no longer whose row was dropped."""
        self._known.pop(message_id, None)

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
        return {stray.message.id: frozenset(meant_by(verdict)) for stray, verdict in verdicts}

    async def _judged(self, news: News) -> Sequence[tuple[Stray, Verdict]]:
        """Judge those that what was learned concerns; all of them are looked up when it concerns all."""
        if news.is_all or not self._is_read:
            return await self._judged_anew()
        concerned = [stray for stray in self._known.values() if stray.may_be_decided_by(news)]
        if not concerned:
            return []
        verdicts = await self._database.read(lambda tx: self._verdicts(tx, concerned))
        self._note(verdicts)
        return verdicts

    async def _judged_anew(self) -> Sequence[tuple[Stray, Verdict]]:
        """Look all of them up; those that come meanwhile are kept beside them."""
        before = dict(self._known)

        def judge(tx: Tx) -> Sequence[tuple[Stray, Verdict]]:
            rows = messages.strays(tx, self._account)
            return self._verdicts(tx, [self._as_known(before, message) for message in rows])

        verdicts = await self._database.read(judge)
        self._is_read = True
        for message_id in before.keys() - {stray.message.id for stray, _ in verdicts}:
            self.forget(message_id)
        self._note(verdicts)
        return verdicts

    def _verdicts(self, tx: Tx, strays: Sequence[Stray]) -> list[tuple[Stray, Verdict]]:
        """Judge strays; the jobs that they can be about are loaded once for all of them."""
        candidates = Candidates(tx, self._account)
        return [
            (stray, match(stray.message, stray.reading, candidates.of(stray.message))) for stray in strays
        ]

    def _as_known(self, known: Mapping[str, Stray], message: Message) -> Stray:
        """Return a stray with the reading that it had, if it is the same still."""
        stray = known.get(message.id)
        if stray is not None and stray.message == message:
            return stray
        return Stray(message, read(message, self._profile), names_of(message))

    def _note(self, verdicts: Sequence[tuple[Stray, Verdict]]) -> None:
        for stray, verdict in verdicts:
            self._known[stray.message.id] = replace(stray, about=frozenset(meant_by(verdict)))


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
