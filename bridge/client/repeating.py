"""When a request that failed is sent again, and after what pause."""

import asyncio
from typing import Final

from bridge.client.errors import (
    SLOTS,
    AnotherServer,
    ClientError,
    Conflict,
    ServerError,
    TooManyRequests,
    Unreachable,
)

FIRST_S: Final = 0.2
LONGEST_S: Final = 2.0


class Pauses:
    """Pauses that grow, in seconds."""

    def __init__(self) -> None:
        self._next_s = FIRST_S

    def next(self) -> float:
        """Return the next pause."""
        pause_s, self._next_s = self._next_s, min(self._next_s * 2, LONGEST_S)
        return pause_s

    def reset(self) -> None:
        """Begin again with the shortest."""
        self._next_s = FIRST_S


class Allowance:
    """A time that begins with the first failure that it is asked for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began: float | None = None

    def left_s(self) -> float:
        """Return the seconds that are left."""
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        return self._seconds - (now - self._began)


class Repeats:
    """The repeats of one request: for how long a bridge that is away is tried, and a 429 waited for."""

    def __init__(self, retry_s: float, patience_s: float, *, is_repeatable: bool) -> None:
        self._away = Allowance(retry_s)
        self._busy = Allowance(patience_s)
        self._is_repeatable = is_repeatable
        self._is_undecided = False
        self._pauses = Pauses()

    def pause_after(self, error: ClientError, *, has_answered: bool) -> float | None:
        """Return the seconds until the request is sent again, None if it is not.

        `has_answered`: the bridge has answered before, so that a refused connection means that it restarts;
        one that broke means the same. The error is told whether any attempt may have done what was asked.
        """
        self._is_undecided |= _may_have_worked(error)
        error.is_undecided = self._is_undecided
        match error:
            case TooManyRequests():
                return self._within(self._busy, max(error.retry_after_s, FIRST_S), is_cut=error.kind == SLOTS)
            case AnotherServer() if not has_answered:
                return None
            case Unreachable() if not (has_answered or self._is_undecided):
                return None
            case Unreachable() if self._is_repeatable or not error.was_sent:
                return self._within(self._away, self._pauses.next(), is_cut=True)
            case ServerError() if error.status == 503 or (self._is_repeatable and error.is_of_a_proxy):
                asked_s = error.retry_after_s
                pause_s = self._pauses.next() if asked_s is None else max(asked_s, FIRST_S)
                return self._within(self._away, pause_s, is_cut=asked_s is None)
            case Conflict() if error.is_of_its_key:
                return self._within(self._away, self._pauses.next(), is_cut=True)
            case _:
                return None

    def _within(self, allowance: Allowance, pause_s: float, *, is_cut: bool) -> float | None:
        """Return a pause if there is time for it; one that `is_cut` may be shortened to the time left."""
        left_s = allowance.left_s()
        if left_s <= 0 or (pause_s > left_s and not is_cut):
            return None
        return min(pause_s, left_s)


def _may_have_worked(error: ClientError) -> bool:
    """Tell whether the bridge may have done what was asked, although this attempt does not say so."""
    match error:
        case Unreachable():
            return error.was_sent
        case ServerError():
            return error.is_of_a_proxy
        case Conflict():
            return error.is_of_its_key
        case _:
            return False
