"""Logs an outage of a connection: one line when it begins, and one when it is over."""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from bridge.ports import Clock
from bridge.sessions.outage import Outage

log = structlog.get_logger(__name__)


class OutageLog:
    """Is told of every wait for the next attempt, and logs the first one.

    A later one is logged only if something else is to be checked now.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logged: Outage | None = None
        self._since_ms = 0

    def waits(self, channels: Sequence[str], outage: Outage, next_try_ms: int) -> None:
        """Log an outage that was not logged yet."""
        if self._logged is None:
            self._since_ms = self._clock.monotonic_ms()
        elif outage.remedy in (None, self._logged.remedy):
            return
        self._logged = outage
        remedy = {"remedy": outage.remedy} if outage.remedy else {}
        log.warning(
            "accounts_not_connected",
            channels=list(channels),
            reason=outage.reason,
            **remedy,
            next_try=_moment(next_try_ms),
        )

    def ended(self, channels: Sequence[str], *, is_resumed: bool) -> None:
        """Log that the connection is up, after how many seconds if its outage was logged.

        `channels` are those whose accounts are connected now: what others still lack, their sessions log.
        """
        if not channels and self._logged is None:
            return
        lasted_ms = self._clock.monotonic_ms() - self._since_ms
        outage = {"after_s": round(lasted_ms / 1000)} if self._logged is not None else {}
        self._logged = None
        log.info("accounts_connected", channels=list(channels), is_resumed=is_resumed, **outage)


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
