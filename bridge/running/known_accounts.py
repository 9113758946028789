"""The running accounts of all processes: its own as they are now, the others as they were stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

import structlog

from bridge.accounts.account import Kind
from bridge.accounts.condition import Condition, Standing
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.flows.send.next_job import SenderState
from bridge.flows.timing import Timing
from bridge.ports import Clock, Notifier
from bridge.running.accounts import RunningAccounts
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import conditions
from bridge.store.rows.conditions import KnownAccount

log = structlog.get_logger(__name__)

POLL_S: Final = 5.0
QUIET: Final = "the process that runs the account shows no sign of life"
REST_S: Final = 0.2
"""The shortest pause between two reads: when a process starts, thousands of conditions change."""


class KnownAccounts:
    """Knows what runs anywhere. `here` are the accounts that this process runs itself."""

    def __init__(
        self, database: Database, notifier: Notifier, clock: Clock, timing: Timing, here: RunningAccounts
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._timing = timing
        self._here = here
        self._elsewhere: Mapping[int, KnownAccount] = {}
        self._listed: Mapping[str, Sequence[int]] = {}

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None if no process runs it."""
        found = self._elsewhere.get(account)
        return self._here.condition(account) or (found.condition if found else None)

    def next_try_ms(self, account: int) -> int | None:
        """Return when this process tries again to connect an account, None if that is not known."""
        return self._here.next_try_ms(account)

    def most_file_bytes(self, account: int) -> int | None:
        """Return how large a file Discord takes from an account, None if this process does not run it."""
        return self._here.most_file_bytes(account)

    def unmatched(self, account: int) -> UnmatchedVideos | None:
        """Return the videos that no job of an account got, None if no process runs it."""
        found = self._elsewhere.get(account)
        return self._here.unmatched(account) or (found.unmatched if found else None)

    def is_connected_elsewhere(self, tenant: str) -> bool:
        """Return whether another process has a connected account of a tenant."""
        mine = (each for each in self._elsewhere.values() if each.tenant == tenant)
        return any(each.condition.hears for each in mine)

    def sender_state(self, account: int) -> SenderState | None:
        """Return the in-memory state of an account's sender, None if no process runs it.

        Which jobs another process has prepared, and which it retries later, is not known here.
        """
        if account not in self._elsewhere:
            return self._here.sender_state(account)
        return SenderState(self._clock.now_ms(), self._timing.pace_s, self._timing.expected_ms)

    def listed(self, tenant: str) -> Sequence[int]:
        """Return a tenant's running configured accounts; the database may be newer."""
        here, elsewhere = self._here.listed(tenant), self._listed.get(tenant)
        return list(dict.fromkeys([*here, *elsewhere])) if elsewhere else here

    def running(self) -> Set[int]:
        """Return the accounts that are running anywhere, or that requests are waiting for here."""
        return self._here.running() | self._elsewhere.keys()

    def has_room(self, tenant: str, account: int | None) -> bool:
        """Return whether a passing account of a tenant may run: this one, or a new one."""
        others = (each for each in self._elsewhere.values() if each.kind is Kind.PASSING)
        return self._here.has_room(tenant, account, {each.id for each in others if each.tenant == tenant})

    def keeping(self, tenant: str, account: int) -> AbstractContextManager[None]:
        """Keep a passing account of a tenant running while the context is open."""
        return self._here.keeping(tenant, account)

    async def run(self) -> None:
        """Read what other processes have stored until cancelled."""
        with self._notifier.subscribe("known-accounts") as subscription:
            while True:
                await self.look()
                await self._clock.sleep(REST_S)
                await subscription.wait(POLL_S)

    async def look(self) -> None:
        """Read the conditions, and wake whoever waits for one that is another now."""
        try:
            found = await self._database.read(conditions.every)
        except StoreUnavailable as error:
            log.warning("known_accounts_were_not_read", reason=str(error))
            return
        running = self._here.running()
        elsewhere = {each.id: self._seen(each) for each in found if each.id not in running}
        if elsewhere != self._elsewhere:
            self._elsewhere, self._listed = elsewhere, _listed(elsewhere.values())
            self._notifier.notify("conditions")

    def _seen(self, account: KnownAccount) -> KnownAccount:
        """Return an account as it is to be shown: `connected` was stored by a machine that may be dead."""
        if not account.condition.is_connected or account.machine not in self._here.quiet_machines():
            return account
        before = self._elsewhere.get(account.id)
        if before is not None and before.condition.reason == QUIET:
            return replace(account, condition=before.condition)
        now_ms = self._clock.now_ms()
        return replace(account, condition=Condition(Standing.RECONNECTING, now_ms, QUIET))


def _listed(accounts: Iterable[KnownAccount]) -> Mapping[str, Sequence[int]]:
    listed: defaultdict[str, list[int]] = defaultdict(list)
    for each in accounts:
        if each.kind is Kind.CONFIGURED:
            listed[each.tenant].append(each.id)
    return dict(listed)
