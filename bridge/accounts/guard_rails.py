"""What keeps an account from being used too much: a number of jobs a day, quiet hours, a pace; pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

OFF: Final = "off"
"""Instead of quiet hours and labels: there are none any more."""
MOST_LABELS: Final = 16
MOST_WEIGHT: Final = 100
MOST_PER_DAY: Final = 100_000
MOST_PACE_S: Final = 3_600
_QUIET: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d) ([A-Za-z0-9+_/-]{1,64})")
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_FORM: Final = "must be like 22:00-07:00 Europe/Berlin"


class BadGuardRail(ValueError):
    """A guard rail is not as it must be; the text says how."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day, by the clocks of a time zone, in which an account is left alone."""

    begin: time
    end: time
    zone: ZoneInfo

    def until_ms(self, now_ms: int) -> int:
        """Return the end of the quiet hours that it is now, 0 if it is none of them."""
        now = datetime.fromtimestamp(now_ms / 1000, self.zone)
        clock = now.time()
        if self.begin < self.end:
            is_quiet = self.begin <= clock < self.end
        else:
            is_quiet = clock >= self.begin or clock < self.end
        return _next(now, self.end) if is_quiet else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRails:
    """The guard rails of an account, and how it is chosen; absent is off.

    `quiet_hours` is a text such as `22:00-07:00 Europe/Berlin`.
    """

    max_per_day: int | None = None
    quiet_hours: str | None = None
    pace_s: float | None = None
    labels: tuple[str, ...] = ()
    weight: int | None = None

    @property
    def is_any(self) -> bool:
        """Return whether anything is set."""
        return self != GuardRails()

    def has(self, labels: Iterable[str]) -> bool:
        """Return whether the account has all these labels."""
        return set(labels) <= set(self.labels)

    def quiet_until_ms(self, now_ms: int) -> int:
        """Return until when it is quiet, 0 if it is not now."""
        return read_quiet_hours(self.quiet_hours).until_ms(now_ms) if self.quiet_hours else 0

    def day_began_ms(self, now_ms: int) -> int:
        """Return when the current day began: in the time zone of the quiet hours, else in UTC."""
        now = datetime.fromtimestamp(now_ms / 1000, self._zone())
        return round(datetime.combine(now.date(), time(), now.tzinfo).timestamp() * 1000)

    def day_ends_ms(self, now_ms: int) -> int:
        """Return when the next day begins."""
        return _next(datetime.fromtimestamp(now_ms / 1000, self._zone()), time())

    def _zone(self) -> tzinfo:
        return read_quiet_hours(self.quiet_hours).zone if self.quiet_hours else UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What the guard rails of an account say now: the jobs of the day, until when it is quiet."""

    max_per_day: int | None = None
    used_today: int = 0
    day_ends_ms: int = 0
    quiet_until_ms: int = 0

    @property
    def is_closed(self) -> bool:
        """Return whether the account takes no job now."""
        return self.quiet_until_ms > 0 or self.is_used_up

    @property
    def is_used_up(self) -> bool:
        """Return whether the account has had its jobs of the day."""
        return self.max_per_day is not None and self.used_today >= self.max_per_day

    @property
    def opens_ms(self) -> int:
        """Return when it takes jobs again; 0 if it does now."""
        return max(self.quiet_until_ms, self.day_ends_ms if self.is_used_up else 0)

    @property
    def why(self) -> str:
        """Return why it takes no job now."""
        quiet = ["it has quiet hours"] if self.quiet_until_ms else []
        used = [f"it has had {self.used_today} of {self.max_per_day} jobs today"] if self.is_used_up else []
        return " and ".join(quiet + used)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailChanges:
    """Changes of guard rails: None leaves one as it is; 0, `off` and an empty tuple take it away."""

    max_per_day: int | None = None
    quiet_hours: str | None = None
    pace_s: float | None = None
    labels: tuple[str, ...] | None = None
    weight: int | None = None

    def applied_to(self, rails: GuardRails) -> GuardRails:
        """Return guard rails with these changes."""
        changed = rails
        if self.max_per_day is not None:
            changed = replace(changed, max_per_day=self.max_per_day or None)
        if self.quiet_hours is not None:
            changed = replace(changed, quiet_hours=None if self.quiet_hours == OFF else self.quiet_hours)
        if self.pace_s is not None:
            changed = replace(changed, pace_s=self.pace_s or None)
        if self.labels is not None:
            changed = replace(changed, labels=self.labels)
        if self.weight is not None:
            changed = replace(changed, weight=None if self.weight == 1 else self.weight)
        return changed


def read_quiet_hours(text: str) -> QuietHours:
    """Return quiet hours; raises `BadGuardRail` if they are none, or the time zone is not known."""
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise BadGuardRail(_FORM)
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise BadGuardRail("must end at another time than they begin")
    try:
        return QuietHours(begin, end, ZoneInfo(found[5]))
    except (ValueError, OSError, LookupError):
        raise BadGuardRail(f"names a time zone that this machine does not know; it {_FORM}") from None


def read_labels(text: str) -> tuple[str, ...]:
    """Return labels that commas separate, sorted; raises `BadGuardRail`."""
    labels = sorted({each.strip().lower() for each in text.split(",") if each.strip()})
    if len(labels) > MOST_LABELS or not all(_LABEL.fullmatch(each) for each in labels):
        raise BadGuardRail(
            f"must be at most {MOST_LABELS} names, separated by commas, of 1 to 32 letters, digits, . _ -"
        )
    return tuple(labels)


def _next(now: datetime, clock: time) -> int:
    """Return the next time after `now` at which the clocks of its time zone show `clock`.

    They show it twice on a day on which they are set back. Times of one zone are compared as its clocks show
    them, so only their timestamps tell the first from the second.
    """
    days = (now.date(), now.date() + timedelta(days=1))
    shown = (datetime.combine(day, clock.replace(fold=fold), now.tzinfo) for day in days for fold in (0, 1))
    return round(next(at for each in shown if (at := each.timestamp()) > now.timestamp()) * 1000)
