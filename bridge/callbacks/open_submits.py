"""Which submits are not answered yet, or were answered just now: the callbacks of their jobs wait.

A client stores the jobid from the answer first, and could not assign a callback that arrives before. This
state is in memory only: if the process ends, the requests end with it.
"""

from collections.abc import Mapping
from typing import Final

from bridge.ports import Clock

AFTER_ANSWER_MS: Final = 1_050
"""A second, plus some time for the clock's resolution and the answer's transmission."""


class OpenSubmits:
    """The jobs whose submit is not answered yet, or was answered within the last second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: set[str] = set()
        self._answered: dict[str, int] = {}

    def begin(self, job_id: str) -> None:
        """Record that a request is about to create this job."""
        self._open.add(job_id)

    def end(self, job_id: str) -> None:
        """Record that the answer has been written, or that there will be none."""
        if job_id in self._open:
            self._open.remove(job_id)
            self._answered[job_id] = self._clock.monotonic_ms() + AFTER_ANSWER_MS
        self._discard(self._clock.monotonic_ms())

    def waits_ms(self) -> Mapping[str, int]:
        """Return the jobs whose callbacks must wait, each with the time in ms until the next check.

        It is never 0: the time is read once, so that no entry expires within this call.
        """
        now_ms = self._clock.monotonic_ms()
        self._discard(now_ms)
        answered = {job_id: until_ms - now_ms for job_id, until_ms in self._answered.items()}
        return answered | dict.fromkeys(self._open, AFTER_ANSWER_MS)

    def _discard(self, now_ms: int) -> None:
        """Discard what was answered long enough ago; the oldest entries come first."""
        for job_id in list(self._answered):
            if self._answered[job_id] > now_ms:
                return
            del self._answered[job_id]
