"""How much a mirror keeps, and for how long; pure."""

from dataclasses import dataclass, replace

from bridge.ports import DAY_MS
from bridge.store.rows.media import News


@dataclass(frozen=True, slots=True)
class MirrorLimits:
    """The size of all files, that of one file, and the days for which one is kept (None: as its job)."""

    max_bytes: int
    max_file_bytes: int
    keep_days: int | None = None

    def oldest_ms(self, now_ms: int) -> int | None:
        """Return when the oldest video may have been made; None without a limit of its own."""
        return None if self.keep_days is None else now_ms - self.keep_days * DAY_MS

    def young(self, found: News, now_ms: int) -> News:
        """Return news without what is too old."""
        oldest_ms = self.oldest_ms(now_ms)
        if oldest_ms is None:
            return found
        return replace(found, finished=[one for one in found.finished if one.at_ms >= oldest_ms])
