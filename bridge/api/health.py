"""How every account of a tenant does."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition, Standing
from bridge.api.answers import as_json
from bridge.api.bodies import AccountHealth, HealthBody
from bridge.api.guard import TENANT
from bridge.api.views import moment
from bridge.ports import Clock
from bridge.store import jobs
from bridge.store.accounts import Accounts
from bridge.store.database import Database, Tx


@dataclass(frozen=True, slots=True)
class HealthResource:
    """The handler of `/v1/pixverse/health`."""

    database: Database
    accounts: Accounts
    clock: Clock
    condition: Callable[[int], Condition | None]

    async def get(self, request: web.Request) -> web.Response:
        """Answer with every account's condition, since when, why, what to do, and its running jobs."""
        tenant = request[TENANT]
        rows = await self.database.query(lambda tx: self._rows(tx, tenant))
        body = HealthBody(accounts=[self._view(account, running) for account, running in rows])
        return as_json(body.model_dump())

    def _rows(self, tx: Tx, tenant: str) -> list[tuple[Account, int]]:
        found = self.accounts.configured(tx, tenant)
        return [(account, len(jobs.open_ids(tx, tenant, account.channel))) for account in found]

    def _view(self, account: Account, running: int) -> AccountHealth:
        condition = self.condition(account.id) or Condition(Standing.CONNECTING, self.clock.now_ms())
        return AccountHealth(
            channel=account.channel,
            **condition_view(condition),
            running=running,
            maxJobs=account.max_jobs,
        )


def condition_json(channel: str, condition: Condition) -> bytes:
    """Return how the account of a channel does, in one line."""
    return json.dumps({"channel": channel, **condition_view(condition)}).encode()


def condition_view(condition: Condition) -> dict[str, Any]:
    """Return a condition as the API shows it."""
    return {
        "condition": condition.standing,
        "since": moment(condition.since_ms),
        "reason": condition.reason,
        "remedy": condition.remedy,
    }
