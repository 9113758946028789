"""Links between the processes that share a database: who runs an account renews for those who do not."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import structlog

from bridge.jobs.links import Dying
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import link_requests

log = structlog.get_logger(__name__)

POLL_S: Final = 30.0


class LinkRequests:
    """Asks other processes for links, and takes what they ask for.

    `is_elsewhere`: whether another process has a connected account of a tenant.
    """

    def __init__(
        self, database: Database, notifier: Notifier, clock: Clock, is_elsewhere: Callable[[str], bool]
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._is_elsewhere = is_elsewhere

    async def ask(
        self, links: Mapping[str, Dying], patience_s: float, have_come: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Ask for links and return whether all of them `have_come` in time; nobody is asked in vain."""
        wanted = {place: link for place, link in links.items() if self._is_elsewhere(link.tenant)}
        if not wanted:
            return True
        until_ms = self._clock.monotonic_ms() + round(patience_s * 1000)
        row_until_ms = self._clock.now_ms() + round(patience_s * 1000)
        with self._notifier.subscribe("links") as subscription:
            await self._database.write(partial(link_requests.ask, links=wanted, until_ms=row_until_ms))
            self._notifier.notify("link-requests")
            while not await have_come():
                left_ms = until_ms - self._clock.monotonic_ms()
                if left_ms <= 0:
                    return False
                await subscription.wait(left_ms / 1000)
        return True

    def stored(self) -> None:
        """Wake those who wait for links that were stored."""
        self._notifier.notify("links")

    async def answer(
        self, may_renew: Callable[[str], bool], renew: Callable[[Mapping[str, Dying]], object]
    ) -> None:
        """Let `renew` begin what others ask for and a tenant's accounts here can do, until cancelled."""
        with self._notifier.subscribe("link-requests") as subscription:
            while True:
                try:
                    renew(await self._taken(may_renew))
                except StoreUnavailable as error:
                    log.warning("link_requests_were_not_read", reason=str(error))
                await subscription.wait(POLL_S)

    async def _taken(self, may_renew: Callable[[str], bool]) -> Mapping[str, Dying]:
        now_ms = self._clock.now_ms()
        found = await self._database.read(lambda tx: link_requests.asked(tx, now_ms))
        mine = {place: link for place, link in found.items() if may_renew(link.tenant)}
        if not mine:
            return {}
        taken = await self._database.write(lambda tx: link_requests.take(tx, mine))
        return {place: mine[place] for place in taken}
