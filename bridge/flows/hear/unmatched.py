"""Videos of the bot for the account's user that no job got: they were paid for, so they are counted."""

from collections.abc import Sequence
from typing import Final

from bridge.accounts.unmatched import UnmatchedVideos, Video
from bridge.chat import Message, snowflake_ms
from bridge.jobs.candidate import Candidate, files_key, files_of
from bridge.jobs.job import Job, State
from bridge.jobs.signals import Finished
from bridge.jobs.verdict import Ambiguous, Foreign, Match, Verdict
from bridge.matching.matcher import NO_JOB, NOT_OURS
from bridge.pixverse.reading import Reading
from bridge.store.database import Tx
from bridge.store.rows import interactions, messages

MOST: Final = 500
HAS_ONE: Final = "its job has another video already"
UNDECIDED: Final = "could belong to several jobs"


class Unmatched:
    """The videos that no job of an account got since the account started.

    Each counts once, however often it is read. Beyond a limit, the oldest ones stay counted.
    """

    def __init__(self) -> None:
        self.count = 0
        self._known: dict[str, Video] = {}

    @property
    def newest(self) -> Video | None:
        """The newest one."""
        return max(self._known.values(), key=lambda video: video.at_ms, default=None)

    def videos(self) -> UnmatchedVideos:
        """Return how many there are, and the newest one."""
        return UnmatchedVideos(self.count, self.newest)

    def add(self, message: Message, why: str) -> bool:
        """Count a video; return whether it is new."""
        is_new = message.id not in self._known
        self._known[message.id] = Video(message.id, snowflake_ms(message.id), why)
        self.count += is_new
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return is_new

    def remove(self, message_id: str) -> None:
        """Remove a video whose job was found."""
        if self._known.pop(message_id, None):
            self.count -= 1


def why_unmatched(
    tx: Tx, account: int, message: Message, reading: Reading, verdict: Verdict, found: Sequence[Candidate]
) -> str | None:
    """Return why no job got a video of the bot for the account's user, None for any other message.

    Videos of interactions outside the bridge and repeated files do not count.
    """
    if not isinstance(reading.signal, Finished) or not _is_ours(tx, account, message, reading, found):
        return None
    match verdict:
        case Match():
            return None
        case Ambiguous():
            return UNDECIDED
        case Foreign() if verdict == NOT_OURS or _has_been_said(message, found):
            return None
        case Foreign(reason=reason) if message.interaction_id is None:
            return reason if found else NO_JOB.reason
        case Foreign():
            return verdict.reason if verdict == NO_JOB else None


def why_superfluous(tx: Tx, message: Message, reading: Reading, job: Job) -> str | None:
    """Return why a job did not get a video that belongs to it, None for any other message.

    A job keeps its first video, because it has been reported.
    """
    if job.state is not State.COMPLETED or job.said is None or not isinstance(reading.signal, Finished):
        return None
    files = files_of(message)
    is_known = files == files_key(job.said.attachments) or messages.has_files(tx, job.id, files, message.id)
    return None if is_known else HAS_ONE


def _is_ours(tx: Tx, account: int, message: Message, reading: Reading, found: Sequence[Candidate]) -> bool:
    """Return whether a message is from the bot and for the account's user, also if no job is left."""
    authors = frozenset().union(*(job.authors for job in found)) or messages.last_authors(tx, account)
    users = frozenset().union(*(job.senders for job in found), interactions.last_senders(tx, account))
    if authors and message.author_id not in authors:
        return False
    ran_by = message.interaction_user_id
    return ran_by in users if ran_by is not None else bool(reading.mentions & users)


def _has_been_said(message: Message, found: Sequence[Candidate]) -> bool:
    return any(files_of(message) in job.files for job in found)
