"""Which submits are not answered yet, or only just: the callbacks of their jobs wait.

A client stores the jobid from the answer first, and knows nothing of a callback that comes before. What is
known here is lost with the process: a connection that was cut with it has no answer to wait for.
"""

from collections.abc import Mapping
from typing import Final

from bridge.ports import Clock

AFTER_ANSWER_MS: Final = 1_050
"""A second, and a little for the grain of the clock and the answer's way."""


class Unanswered:
    """Knows the jobs whose submit's request is open, and for a second those whose answer was written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: set[str] = set()
        self._answered: dict[str, int] = {}

    def begin(self, job_id: str) -> None:
        """A request is about to make this job."""
        self._open.add(job_id)

    def end(self, job_id: str) -> None:
        """The answer has been written, or there will be none."""
        if job_id in self._open:
            self._open.remove(job_id)
            self._answered[job_id] = self._clock.monotonic_ms() + AFTER_ANSWER_MS
        self._discard(self._clock.monotonic_ms())

    def waits_ms(self) -> Mapping[str, int]:
        """Return the jobs whose callbacks are to wait, each with for how long until it is looked at again.

        It is never 0: the time is read once, so that none ends between being kept and being asked for.
        """
        now_ms = self._clock.monotonic_ms()
        self._discard(now_ms)
        answered = {job_id: until_ms - now_ms for job_id, until_ms in self._answered.items()}
        return answered | dict.fromkeys(self._open, AFTER_ANSWER_MS)

    def _discard(self, now_ms: int) -> None:
        """Forget what was answered long enough ago: the oldest stand first."""
        for job_id in list(self._answered):
            if self._answered[job_id] > now_ms:
                return
            del self._answered[job_id]
