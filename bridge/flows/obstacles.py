"""What keeps jobs from being sent, and until when each is left alone; none holds another up."""

from collections.abc import Mapping, Set
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
    """Remembers by job how often it was tried in vain, since when, and when it is tried again."""

    def __init__(self) -> None:
        self._met: dict[str, tuple[int, int, int]] = {}

    def left_ms(self, now_ms: int) -> Mapping[str, int]:
        """Return for how long each job that has met an obstacle is still left alone."""
        return {job_id: until_ms - now_ms for job_id, (_, _, until_ms) in self._met.items()}

    def met(self, job_id: str, obstacle: Obstacle, now_ms: int) -> Failure | None:
        """Note an obstacle; return why the job ends if it is one that lasts, None if it may pass."""
        tries, since_ms, _ = self._met.get(job_id, (0, now_ms, 0))
        tries += 1
        log.warning("job_was_not_sent", job_id=job_id, reason=obstacle.reason, tries=tries)
        is_over = tries >= MOST_TRIES if obstacle.is_defect else now_ms - since_ms > PATIENT_MS
        if obstacle.failure is None and not is_over:
            self._met[job_id] = (tries, since_ms, now_ms + pause_ms(tries))
            return None
        self._met.pop(job_id, None)
        return obstacle.failure or Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, obstacle.reason)

    def keep_only(self, waiting: Set[str]) -> None:
        """Forget the jobs that wait no more: they are sent, or have ended."""
        self._met = {job_id: met for job_id, met in self._met.items() if job_id in waiting}
