"""The list of callbacks: a walk along an index, and only through a tenant's own."""

from bridge.accounts.account import Account
from bridge.store.database import Database, Tx
from bridge.store.rows import callbacks, deliveries
from bridge.store.rows.callbacks import CallbackFilters
from bridge.store.rows.history import NEWEST
from tests.tools.databases import on_sqlite
from tests.tools.deliveries import owe
from tests.tools.jobs import NOW_MS
from tests.tools.rows import TENANT

EVERY = (
    CallbackFilters(),
    CallbackFilters(job="job-1"),
    CallbackFilters(state="pending"),
    CallbackFilters(job="job-1", state="pending"),
)


async def ids(database: Database, tenant: str, filters: CallbackFilters) -> list[str]:
    found = await database.read(lambda tx: callbacks.page(tx, tenant, filters, NEWEST, 100))
    return [callback.delivery.id for callback in found]


async def test_another_tenant_sees_and_sends_nothing_of_it(database: Database, account: Account) -> None:
    await database.write(lambda tx: owe(tx, "mine"))

    theirs = [await ids(database, "another", filters) for filters in EVERY]
    sent = await database.write(lambda tx: deliveries.send_again(tx, "another", "job-1", NOW_MS))

    assert [await ids(database, TENANT, filters) for filters in EVERY] == [["mine"]] * 4
    assert (theirs, sent) == ([[]] * 4, 0)


@on_sqlite
async def test_each_filter_leads_along_its_index(database: Database, account: Account) -> None:
    def plans(tx: Tx) -> dict[str, str]:
        values = {"tenant": TENANT, "job": "job-1", "state": "pending", "before": NEWEST, "at_most": 20}
        return {
            name: tx.all(f"EXPLAIN QUERY PLAN {walk}", **values)[0]["detail"]
            for name, walk in callbacks._WALKS.items()
        }

    plan = await database.read(plans)

    assert "deliveries_job " in plan["job"]
    assert "deliveries_by_state " in plan["state"]
    assert "deliveries_listed " in plan[""]


async def test_a_callback_that_cannot_be_read_is_listed_with_what_its_job_is_now(
    database: Database, account: Account
) -> None:
    await database.write(lambda tx: owe(tx, "mine"))
    await database.write(lambda tx: tx.run("UPDATE events SET snapshot = '{'"))

    found = await database.read(lambda tx: callbacks.page(tx, TENANT, CallbackFilters(), NEWEST, 100))

    assert [(one.delivery.id, one.status) for one in found] == [("mine", "created")]
