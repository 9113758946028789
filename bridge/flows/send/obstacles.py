"""What keeps jobs from being sent, and until when each is left alone; none holds another up."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.flows.send.prepare import Obstacle
from bridge.flows.send.readiness import PATIENT_MS, pause_ms
from bridge.jobs.job import Cause, Failure
from bridge.jobs.texts import CANNOT_BE_SENT

log = structlog.get_logger(__name__)

MOST_TRIES: Final = 8
"""How often a job is prepared in vain when the fault is ours."""
LONGEST_TRY_MS: Final = 300_000
"""How long a try may take, pictures and all; in what is left of a longer time nothing was tried."""


@dataclass(frozen=True, slots=True)
class Met:
    """How often and for how long a job was tried in vain, when last, until when it is left alone, and why."""

    tries: int
    tried_ms: int
    last_ms: int
    until_ms: int
    reason: str

    def tried_until_ms(self, now_ms: int) -> int:
        """Return for how long it was tried if it was again just now: only pauses and tries count."""
        return self.tried_ms + min(now_ms, self.until_ms + LONGEST_TRY_MS) - self.last_ms


class Obstacles:
    """Remembers by job what stands in its way."""

    def __init__(self) -> None:
        self._met: dict[str, Met] = {}

    @property
    def reasons(self) -> Mapping[str, str]:
        """What stood in the way of each job the last time."""
        return {job_id: met.reason for job_id, met in self._met.items()}

    def left_ms(self, now_ms: int) -> Mapping[str, int]:
        """Return for how long each job that has met an obstacle is still left alone."""
        return {job_id: met.until_ms - now_ms for job_id, met in self._met.items()}

    def met(self, job_id: str, obstacle: Obstacle, now_ms: int) -> Failure | None:
        """Note an obstacle; return why the job ends if it is one that lasts, None if it may pass."""
        before = self._met.get(job_id)
        tries, tried_ms = (before.tries + 1, before.tried_until_ms(now_ms)) if before else (1, 0)
        log.warning("job_was_not_sent", job_id=job_id, reason=obstacle.reason, tries=tries)
        is_over = tries >= MOST_TRIES if obstacle.is_defect else tried_ms > PATIENT_MS
        if obstacle.failure is None and not is_over:
            self._met[job_id] = Met(tries, tried_ms, now_ms, now_ms + pause_ms(tries), obstacle.reason)
            return None
        self._met.pop(job_id, None)
        return obstacle.failure or Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, obstacle.reason)

    def keep_only(self, waiting: Set[str]) -> None:
        """Forget the jobs that wait no more: they are sent, or have ended."""
        self._met = {job_id: met for job_id, met in self._met.items() if job_id in waiting}
