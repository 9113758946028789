"""The accounts while a bridge starts: which are connected, which need a person, and which are waited for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bridge.access.tenant import DEFAULT
from bridge.accounts.condition import Condition, Standing
from bridge.ports import Clock, Notifier
from bridge.store.database import Database
from bridge.store.rows.accounts import Place, listed

CONNECT_S: Final = 60.0
"""How long a start waits for its accounts before it says which are missing."""
LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class StartingAccount:
    """A configured account as it is now. `next_try_ms`: when it connects again, None if it is connected."""

    tenant: str
    channel: str
    condition: Condition
    is_paused: bool = False
    next_try_ms: int | None = None

    @property
    def is_settled(self) -> bool:
        """Return whether it is connected, or needs a person: waiting does not help any more."""
        return self.condition.is_connected or self.condition.is_unusable


class Conditions(Protocol):
    """The conditions of the running accounts."""

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None if no process runs it."""
        ...

    def next_try_ms(self, account: int) -> int | None:
        """Return when this process tries again to connect an account, None if that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Connecting:
    """Waits for the configured accounts of all tenants."""

    database: Database
    notifier: Notifier
    clock: Clock
    conditions: Conditions

    async def wait(
        self, on_wait: Callable[[Sequence[StartingAccount]], None] | None = None
    ) -> Sequence[StartingAccount]:
        """Return the accounts when all are settled, or after a minute.

        `on_wait` is called now and then with those that have failed to connect and are tried again.
        """
        until_ms = self.clock.monotonic_ms() + round(CONNECT_S * 1000)
        with self.notifier.subscribe("conditions") as subscription:
            while True:
                found = await self.look()
                left_s = (until_ms - self.clock.monotonic_ms()) / 1000
                if left_s <= 0 or all(each.is_settled for each in found):
                    return found
                if on_wait is not None:
                    on_wait([each for each in found if not each.is_settled and each.next_try_ms is not None])
                await subscription.wait(min(left_s, LOOK_S))

    async def look(self) -> Sequence[StartingAccount]:
        """Return the accounts as they are now, those of the default tenant first."""
        places = await self.database.read(listed)
        return [self._seen(each) for each in sorted(places, key=lambda each: each.tenant != DEFAULT)]

    def _seen(self, place: Place) -> StartingAccount:
        condition = self.conditions.condition(place.account)
        return StartingAccount(
            place.tenant,
            place.channel,
            condition or Condition(Standing.CONNECTING, self.clock.now_ms()),
            place.is_paused,
            self.conditions.next_try_ms(place.account),
        )
