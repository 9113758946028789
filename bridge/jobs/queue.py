"""The order of the jobs that wait for an account: by priority, then the groups of clients by turns; pure."""

from dataclasses import dataclass
from typing import Final

FIRST_PRIORITY: Final = 9
USUAL_PRIORITY: Final = 5
LAST_PRIORITY: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A job that waits for an account: for that of `channel`, for `account`, or for any of its tenant's list.

    `place`, `number`: its place among the jobs of its `priority`, and its number among all jobs.
    `most_jobs`: how many jobs the account may have, if its request says so. `file_bytes`: its largest file.
    `labels`: which the account must have.
    """

    job_id: str
    tenant: str
    priority: int
    place: int
    number: int
    grouped_by: str
    channel: str | None
    account: int | None
    most_jobs: int | None
    file_bytes: int
    queued_ms: int
    labels: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, int, int]:
        """By which waiting jobs are sorted: the highest priority, the lowest place, the oldest job first."""
        return -self.priority, self.place, self.number


def group_of(reply_ref: str | None) -> str:
    """Return which client a job is of, as its `replyRef` says: what stands before the first colon.

    Jobs without a colon in it are of one group.
    """
    before, colon, _ = (reply_ref or "").partition(":")
    return before if colon else ""


def next_place(last_of_group: int | None, last_turn: int | None) -> int:
    """Return the place of a new job behind the last of its group, among those of its priority.

    `last_turn` is the highest place of the first jobs of all groups. A group that has none waiting begins
    there: it goes behind the next job of each other group, so that new groups, however many come, keep none
    waiting for ever, and it does not wait behind all that the others have.
    """
    if last_of_group is not None:
        return last_of_group + 1
    return last_turn if last_turn is not None else 0
