"""Watches the conditions of the configured accounts, and whether they are paused, and reports changes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.accounts.condition import Condition, Standing
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows.accounts import Place, listed

log = structlog.get_logger(__name__)

POLL_S: Final = 5.0
REMOVED: Final = "the account was removed"


@dataclass(frozen=True, slots=True)
class Change:
    """An account's condition has changed, or it was paused or resumed."""

    tenant: str
    channel: str
    condition: Condition
    is_paused: bool = False


class Conditions:
    """Watches conditions. `condition` returns an account's (None: not running), `tell` gets each change.

    A change that is undone before the next check is not reported. `known`: the tenants and channels of
    accounts that were reported before, whose removal is reported too.
    """

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        condition: Callable[[int], Condition | None],
        tell: Sequence[Callable[[Change], None]],
        known: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._condition = condition
        self._tell = tell
        self._told: dict[tuple[str, str], Change | None] = dict.fromkeys(known)

    async def run(self) -> None:
        """Watch until cancelled."""
        with self._notifier.subscribe("conditions", "accounts") as subscription:
            while True:
                await self.look()
                await subscription.wait(POLL_S)

    async def look(self) -> None:
        """Report what has changed since the last check."""
        try:
            places = await self._database.read(listed)
        except StoreUnavailable as error:
            log.warning("conditions_were_not_read", reason=str(error))
            return
        for place in places:
            self._compare(place)
        self._tell_removed({(place.tenant, place.channel) for place in places})

    def _compare(self, place: Place) -> None:
        """Report a changed condition of a channel's account; ignore one that is just being restarted."""
        condition = self._condition(place.account)
        key = place.tenant, place.channel
        if condition is None:
            return
        change = Change(*key, condition, place.is_paused)
        if _story(change) != _story(self._told.get(key)):
            self._told[key] = change
            self._say(change)

    def _tell_removed(self, there: set[tuple[str, str]]) -> None:
        for key in [key for key in self._told if key not in there]:
            del self._told[key]
            self._say(Change(*key, Condition(Standing.STOPPED, self._clock.now_ms(), REMOVED)))

    def _say(self, change: Change) -> None:
        for tell in self._tell:
            tell(change)


def _story(change: Change | None) -> tuple[object, ...] | None:
    if change is None:
        return None
    condition = change.condition
    return condition.standing, condition.reason, condition.remedy, change.is_paused
