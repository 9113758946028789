"""How much a token may do, and how much of that is used, in windows of a minute or a day."""

from dataclasses import dataclass
from typing import Final

MINUTE_S: Final = 60
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Quotas:
    """How much a token may do; None is without a limit."""

    requests_per_minute: int | None = None
    jobs_per_day: int | None = None
    streams: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How much is left of a quota: `name` is what it counts, `reset_s` when it is whole again."""

    name: str
    most: int
    left: int
    window_s: int | None = None
    reset_s: int | None = None


class RequestWindows:
    """Counts each token's requests in windows of a minute, the first of which begins with its first request.

    In memory: a restart begins new windows.
    """

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int]] = {}

    def take(self, token_id: str, quotas: Quotas, monotonic_ms: int) -> tuple[Usage, bool] | None:
        """Count a request and return the usage and whether it was within the quota; None without a quota."""
        most = quotas.requests_per_minute
        if most is None:
            return None
        begun_ms, taken = self._windows.get(token_id, (monotonic_ms, 0))
        if monotonic_ms - begun_ms >= MINUTE_S * 1000:
            begun_ms, taken = monotonic_ms, 0
        is_within = taken < most
        taken += is_within
        self._windows[token_id] = begun_ms, taken
        reset_s = seconds(begun_ms + MINUTE_S * 1000 - monotonic_ms)
        return Usage("requests", most, most - taken, MINUTE_S, reset_s), is_within


def day_of(now_ms: int) -> int:
    """Return the number of a day in UTC."""
    return now_ms // (DAY_S * 1000)


def requests_spent(most: int, reset_s: int) -> Usage:
    """Return the usage of a quota of requests per minute of which nothing is left."""
    return Usage("requests", most, 0, MINUTE_S, reset_s)


def jobs_spent(most: int, now_ms: int) -> Usage:
    """Return the usage of a quota of jobs per day, in UTC, of which nothing is left."""
    return Usage("jobs", most, 0, DAY_S, seconds((day_of(now_ms) + 1) * DAY_S * 1000 - now_ms))


def streams_spent(most: int) -> Usage:
    """Return the usage of a quota of streams of which nothing is left."""
    return Usage("streams", most, 0)


def seconds(ms: int) -> int:
    """Return milliseconds as whole seconds, at least one."""
    return max(1, -(-ms // 1000))
