"""What keeps jobs from being sent, and until when each is left alone; none holds another up."""

from typing import Final

import structlog

from bridge.flows.prepare import Obstacle
from bridge.flows.readiness import PATIENT_MS, pause_ms
from bridge.jobs.job import Cause, Failure
from bridge.jobs.texts import CANNOT_BE_SENT

log = structlog.get_logger(__name__)

MOST_TRIES: Final = 8
"""How often a job is prepared in vain when the fault is ours."""


class Obstacles:
    """Remembers by job how often it was tried in vain, since when, and when it is tried again.

    Times are the monotonic clock's.
    """

    def __init__(self) -> None:
        self._met: dict[str, tuple[int, int, int]] = {}

    def left_ms(self, job_id: str, now_ms: int) -> int:
        """Return how long a job is still left alone; 0 or less when nothing stands in its way."""
        return self._met[job_id][2] - now_ms if job_id in self._met else 0

    def met(self, job_id: str, obstacle: Obstacle, now_ms: int) -> Failure | None:
        """Note an obstacle; return why the job ends if it is one that lasts, None if it may pass."""
        tries, since_ms, _ = self._met.get(job_id, (0, now_ms, 0))
        tries += 1
        log.warning("job_was_not_sent", job_id=job_id, reason=obstacle.reason, tries=tries)
        is_over = tries >= MOST_TRIES if obstacle.is_defect else now_ms - since_ms > PATIENT_MS
        if obstacle.failure is None and not is_over:
            self._met[job_id] = (tries, since_ms, now_ms + pause_ms(tries))
            return None
        self.passed(job_id)
        return obstacle.failure or Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, obstacle.reason)

    def passed(self, job_id: str) -> None:
        """Forget a job: it is sent, or it ends."""
        self._met.pop(job_id, None)
