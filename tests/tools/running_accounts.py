"""A crew that runs nothing, and orders that are submitted to it."""

import random
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition, Standing
from bridge.flows.submit.first_news import Stopping
from bridge.flows.submit.submit import AccountDirectory, Submit
from bridge.pixverse.profile import DEFAULT
from tests.flows.conftest import SERVER, TENANT, Rig, condition
from tests.tools.account_list import OTHER_CHANNEL
from tests.tools.hand_clock import START_MS


@dataclass
class FakeAccounts:
    """Tells the conditions of accounts that nobody runs; the rig's own is the first of the list."""

    conditions: dict[int, Condition] = field(default_factory=dict)
    running: list[int] = field(default_factory=lambda: [1])
    has_any_room: bool = True
    file_limits: dict[int, int] = field(default_factory=dict)

    def listed(self, tenant: str) -> Sequence[int]:
        return self.running if tenant == TENANT else []

    def condition(self, account: int) -> Condition | None:
        return self.conditions.get(account, condition(Standing.CONNECTED))

    def most_file_bytes(self, account: int) -> int | None:
        return self.file_limits.get(account)

    def has_room(self, tenant: str, account: int | None) -> bool:
        return self.has_any_room or account in self.running

    def keeping(self, tenant: str, account: int) -> AbstractContextManager[None]:
        return nullcontext()


def submit_within(patience_s: float, rig: Rig, running_accounts: AccountDirectory) -> Submit:
    """Return what submits orders, and waits so long for the first news of them."""
    return Submit(
        rig.database,
        rig.accounts,
        rig.notifier,
        rig.clock,
        running_accounts,
        DEFAULT,
        patience_s,
        Stopping(),
        chance=random.Random(1),
    )


async def another_account(rig: Rig, running_accounts: FakeAccounts) -> Account:
    """Add a configured account with one slot, which is connected."""
    account = await rig.database.write(
        lambda tx: rig.accounts.insert(
            tx,
            tenant=TENANT,
            kind=Kind.CONFIGURED,
            server=SERVER,
            channel=OTHER_CHANNEL,
            max_jobs=1,
            token="another",
            now_ms=START_MS,
        )
    )
    running_accounts.running.append(account.id)
    return account
