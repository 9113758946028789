"""A history is one walk along an index, whatever it is filtered by."""

from dataclasses import replace
from itertools import product

import pytest

from bridge.accounts.account import Account
from bridge.jobs.job import STATUS, State
from bridge.store import history, jobs
from bridge.store.database import Tx
from bridge.store.history import NEWEST, Filters
from bridge.store.sqlite import SqliteDatabase
from tests.jobs.conftest import new_job
from tests.store.conftest import TENANT


class Explaining:
    """A transaction that writes down how SQLite would answer."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plan: list[str] = []

    def all(self, sql: str, **values: object) -> list[object]:
        self.plan = [row["detail"] for row in self._tx.all(f"EXPLAIN QUERY PLAN {sql}", **values)]
        return []


@pytest.mark.usefixtures("account")
async def test_the_status_of_a_row_is_the_contracts(database: SqliteDatabase) -> None:
    def keep_one_of_each(tx: Tx) -> None:
        for number, state in enumerate(State, 1):
            jobs.save(tx, replace(jobs.insert(tx, new_job(number)), state=state))

    await database.write(keep_one_of_each)

    sql = "SELECT state, status FROM jobs"
    rows = await database.read(lambda tx: tx.all(sql))
    assert {State(row["state"]): row["status"] for row in rows} == STATUS


@pytest.mark.parametrize("given", list(product((False, True), repeat=4)))
async def test_every_filter_walks_along_an_index_without_sorting(
    database: SqliteDatabase, given: tuple[bool, ...]
) -> None:
    names = ("reply_ref", "channel", "status", "verb")
    filters = Filters(**{name: "x" for name, is_given in zip(names, given, strict=True) if is_given})
    indexes = ("jobs_by_reference", "jobs_by_channel", "jobs_by_status", "jobs_by_verb")
    leading = [index for index, is_given in zip(indexes, given, strict=True) if is_given]

    def explain(tx: Tx) -> list[str]:
        explaining = Explaining(tx)
        history.page(explaining, TENANT, filters, NEWEST, 20)  # type: ignore[arg-type]
        return explaining.plan

    plan = await database.read(explain)

    assert len(plan) == 1
    assert f"USING INDEX {[*leading, 'jobs_history'][0]} (" in plan[0]
    assert "number<?" in plan[0]


async def test_counting_slots_does_not_walk_along_a_history(database: SqliteDatabase) -> None:
    def explain(tx: Tx) -> list[str]:
        explaining = Explaining(tx)
        jobs.open_ids(explaining, TENANT, "1")  # type: ignore[arg-type]
        slots = explaining.plan
        jobs.executing_ids(explaining, TENANT)  # type: ignore[arg-type]
        return [*slots, *explaining.plan]

    slots, executing = await database.read(explain)

    assert "jobs_slots" in slots
    assert "jobs_executing" in executing


async def test_a_tenant_sees_only_its_own_jobs(database: SqliteDatabase, account: Account) -> None:
    def keep(tx: Tx) -> None:
        for number in (1, 2, 3):
            job = replace(new_job(number), account=account.id, reply_ref="r")
            jobs.insert(tx, replace(job, tenant="other") if number == 2 else replace(job, tenant=TENANT))

    await database.write(keep)

    def pages(tx: Tx) -> list[list[int]]:
        asked = (
            Filters(),
            Filters(reply_ref="r"),
            Filters(status="created"),
            Filters(verb="pixverse-create"),
        )
        return [[job.number for job in history.page(tx, TENANT, one, NEWEST, 9)] for one in asked]

    assert await database.read(pages) == [[3, 1]] * 4
