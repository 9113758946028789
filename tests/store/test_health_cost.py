"""The health of all accounts costs the same few statements and no token, however many there are."""

import json
from typing import Any

import pytest

from bridge.api.health import HealthResource
from bridge.api.http.guard import TENANT as OF_REQUEST
from bridge.store.database import Database, Tx
from bridge.store.rows.accounts import Accounts
from tests.tools.counting import counting
from tests.tools.hand_clock import HandClock
from tests.tools.jobs import new_job
from tests.tools.rows import TENANT, a_job, an_account


async def test_the_health_of_many_accounts_asks_as_often_as_that_of_one(
    database: Database, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await database.write(lambda tx: an_account(tx, accounts, channel=new_job(1).channel))
    await database.write(a_job)
    health = HealthResource(database, HandClock(), lambda _: None, lambda _: None)

    with counting(monkeypatch) as with_one:
        one = await answered(health)
    await database.write(lambda tx: more(tx, accounts))
    with counting(monkeypatch) as with_many:
        many = await answered(health)

    assert 0 < len(with_one) == len(with_many) <= 6
    assert (first.channel, one, many[0]) == (one[0]["channel"], [one[0]], one[0])
    assert [each["running"] for each in many] == [1] + [0] * 100


def more(tx: Tx, accounts: Accounts) -> None:
    for number in range(100):
        an_account(tx, accounts, channel=str(number), token=f"{number}.a.b")


async def answered(health: HealthResource) -> list[dict[str, Any]]:
    answer = await health.get({OF_REQUEST: TENANT})  # type: ignore[arg-type]
    found: list[dict[str, Any]] = json.loads(answer.body)["accounts"]  # type: ignore[arg-type]
    return found
