"""When the next POST may leave: after the account's pace, Discord's wish and the job's own retry; pure."""

from typing import Final

PATIENT_MS: Final = 7_200_000
"""For how long a job is tried anew while each try proves that nothing ran; an outage may last an hour."""
LONGEST_PAUSE_MS: Final = 60_000


def paced_ms(last_sent_ms: int, pace_s: float) -> int:
    """Return when an account may make its next POST."""
    return last_sent_ms + round(pace_s * 1000)


def retry_ms(tries: int, last_ms: int | None) -> int:
    """Return when a job whose POSTs never left, the last one at `last_ms`, may be tried again (else 0)."""
    return last_ms + pause_ms(tries) if last_ms is not None else 0


def pause_ms(tries: int) -> int:
    """Return how long to wait after so many tries in vain: 2, 4, 8 … seconds, a minute at most."""
    return min(LONGEST_PAUSE_MS, 1000 << min(tries, 10))
