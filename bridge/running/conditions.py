"""How the listed accounts do: compared with what was told last, and told when it has changed."""

from collections.abc import Callable, Sequence
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
    """An account does otherwise than before."""

    tenant: str
    channel: str
    condition: Condition


class Conditions:
    """Follows how accounts do. `condition` looks at one of them (None: not running), `tell` hears of changes.

    What changes and changes back before it is looked at is no change.
    """

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        condition: Callable[[int], Condition | None],
        tell: Sequence[Callable[[Change], None]],
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._condition = condition
        self._tell = tell
        self._told: dict[tuple[str, str], Condition] = {}

    async def run(self) -> None:
        """Follow until cancelled."""
        with self._notifier.subscribe("conditions", "accounts") as subscription:
            while True:
                await self.look()
                await subscription.wait(POLL_S)

    async def look(self) -> None:
        """Tell what has changed since the last look."""
        try:
            places = await self._database.read(listed)
        except StoreUnavailable as error:
            log.warning("conditions_were_not_read", reason=str(error))
            return
        for place in places:
            self._compare(place)
        self._tell_removed({(place.tenant, place.channel) for place in places})

    def _compare(self, place: Place) -> None:
        """Tell of a place whose account does otherwise; one that is just being started anew is as it was."""
        condition = self._condition(place.account)
        key = place.tenant, place.channel
        if condition is not None and _story(condition) != _story(self._told.get(key)):
            self._told[key] = condition
            self._say(Change(*key, condition))

    def _tell_removed(self, there: set[tuple[str, str]]) -> None:
        for key in [key for key in self._told if key not in there]:
            del self._told[key]
            self._say(Change(*key, Condition(Standing.STOPPED, self._clock.now_ms(), REMOVED)))

    def _say(self, change: Change) -> None:
        for tell in self._tell:
            tell(change)


def _story(condition: Condition | None) -> tuple[object, ...] | None:
    return (condition.standing, condition.reason, condition.remedy) if condition else None
