"""Rate limits (Discord's docs, "Rate Limits"): a bucket for each route and place, and one for everything.

Discord publishes the rules and the global limit. The sizes of buckets it does not: those in the table of
routes are what users of libraries report.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["GLOBAL", "Limit", "Limits", "Standing"]

MOST_WINDOWS = 10_000


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds."""

    times: int
    seconds: float


GLOBAL = Limit(50, 1.0)


@dataclass(frozen=True)
class Standing:
    """How a bucket stands after a request; `is_over` when the request was one too many."""

    limit: Limit
    name: str
    used: int
    begun_ms: int
    now_ms: int

    @property
    def is_over(self) -> bool:
        """Tell whether the request must be refused."""
        return self.used > self.limit.times

    @property
    def wait_s(self) -> float:
        """Return the seconds until the bucket is empty again."""
        return max(0.0, self.begun_ms / 1000 + self.limit.seconds - self.now_ms / 1000)

    def headers(self) -> dict[str, str]:
        """Return what Discord says about a bucket."""
        return {
            "X-RateLimit-Limit": str(self.limit.times),
            "X-RateLimit-Remaining": str(max(0, self.limit.times - self.used)),
            "X-RateLimit-Reset": f"{self.now_ms / 1000 + self.wait_s:.3f}",
            "X-RateLimit-Reset-After": f"{self.wait_s:.3f}",
            "X-RateLimit-Bucket": self.name,
        }


class Limits:
    """The windows that are open now; `are_kept` is False when nobody is refused anything."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._windows: OrderedDict[tuple[str, ...], tuple[int, int]] = OrderedDict()
        self.are_kept = True

    def take(self, limit: Limit, who: str, bucket: str, *places: str) -> Standing:
        """Count one request of somebody on a route, apart for each place (channel, guild, webhook)."""
        key = (who, bucket, *places)
        now_ms = self._now_ms()
        begun_ms, used = self._windows.pop(key, (now_ms, 0))
        if now_ms >= begun_ms + limit.seconds * 1000:
            begun_ms, used = now_ms, 0
        used = min(used, limit.times) + 1 if self.are_kept else 0
        self._windows[key] = (begun_ms, used)
        if len(self._windows) > MOST_WINDOWS:
            self._windows.popitem(last=False)
        return Standing(limit, sha256(bucket.encode()).hexdigest()[:32], used, begun_ms, now_ms)
