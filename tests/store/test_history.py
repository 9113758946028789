"""A history costs what it answers, whatever it is filtered by."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from bridge.accounts.account import Account
from bridge.jobs.command import Verb
from bridge.jobs.job import STATUS, Job, State
from bridge.store.database import Database, Dialect, Tx
from bridge.store.rows import history, jobs
from bridge.store.rows.history import NEWEST, HistoryFilters, JobPage
from bridge.store.rows.slots import slots_of
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.tools.counting import instructions
from tests.tools.databases import on_sqlite
from tests.tools.jobs import new_job
from tests.tools.rows import TENANT


class Explaining:
    """A transaction that writes down how SQLite would answer."""

    dialect = Dialect.SQLITE

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plan: list[str] = []

    def all(self, sql: str, **values: object) -> list[object]:
        self.plan = [row["detail"] for row in self._tx.all(f"EXPLAIN QUERY PLAN {sql}", **values)]
        return []


@pytest.mark.usefixtures("account")
async def test_the_status_of_a_row_is_the_contracts(database: Database) -> None:
    def keep_one_of_each(tx: Tx) -> None:
        for number, state in enumerate(State, 1):
            jobs.save(tx, replace(jobs.insert(tx, new_job(number)), state=state))

    await database.write(keep_one_of_each)

    sql = "SELECT state, status FROM jobs"
    rows = await database.read(lambda tx: tx.all(sql))
    of_columns = {state: status for state, status in STATUS.items() if state is not State.QUEUED}
    assert {State(row["state"]): row["status"] for row in rows} == of_columns
    assert STATUS[State.QUEUED] == STATUS[State.WAITING]  # its column says waiting


@on_sqlite
@pytest.mark.parametrize("given", list(product((False, True), repeat=4)))
async def test_no_filter_walks_past_jobs_that_are_not_of_the_answer(
    database: SqliteDatabase, account: Account, given: tuple[bool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does as much with a thousand jobs as with some, of which the filters let none through."""
    monkeypatch.setattr(history, "LOOKED_THROUGH", 10)
    wanted = {"reply_ref": "r", "channel": "c", "status": "completed", "verb": "pixverse-animate"}
    filters = HistoryFilters(
        **{name: wanted[name] for name, is_given in zip(wanted, given, strict=True) if is_given}
    )

    few = await work(database, account, filters, range(1, 41))
    many = await work(database, account, filters, range(41, 1_041))

    assert many <= 1.5 * few


async def work(database: Database, account: Account, filters: HistoryFilters, numbers: range) -> int:
    """Keep jobs that each lack something that is asked for; return what a page costs."""
    changes: tuple[dict[str, object], ...] = (
        {"channel": "x"},
        {"state": State.STARTED},
        {"reply_ref": None},
        {},
    )

    def keep(tx: Tx) -> None:
        for number in numbers:
            job = replace(new_job(number), account=account.id, tenant=TENANT)
            like = {"reply_ref": "r", "channel": "c", "state": State.COMPLETED, **changes[number % 4]}
            jobs.insert(tx, replace(job, **like))  # type: ignore[arg-type]

    await database.write(keep)
    return await database.read(
        lambda tx: instructions(tx, lambda: history.page(tx, TENANT, filters, NEWEST, 5))
    )


@pytest.mark.parametrize("given", list(product((False, True), repeat=4)))
async def test_pages_hold_every_job_that_the_filters_let_through_once_and_newest_first(
    database: Database, account: Account, given: tuple[bool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOKED_THROUGH", 7)
    wanted = {"reply_ref": "r", "channel": "c", "status": "moderated", "verb": "pixverse-animate"}
    filters = HistoryFilters(
        **{name: wanted[name] for name, is_given in zip(wanted, given, strict=True) if is_given}
    )
    kept = await database.write(lambda tx: one_of_every_kind(tx, account))

    pages = await database.read(lambda tx: list(all_pages(tx, filters)))

    asked = {name: value for name, value in wanted.items() if getattr(filters, name)}
    right = [job.number for job in reversed(kept) if asked.items() <= shown(job).items()]
    assert [job.number for page in pages for job in page.jobs] == right
    assert all(len(page.jobs) <= 4 for page in pages)


def one_of_every_kind(tx: Tx, account: Account) -> list[Job]:
    kept = []
    kinds = product(
        ("r", "q", None), ("c", "d"), (State.MODERATED, State.DECLINED, State.STARTED), Verb, (1, 2)
    )
    for number, (reply_ref, channel, state, verb, _) in enumerate(kinds, 1):
        job = replace(
            new_job(number), account=account.id, tenant=TENANT, reply_ref=reply_ref, channel=channel
        )
        kept.append(jobs.insert(tx, replace(job, state=state, command=replace(job.command, verb=verb))))
    return kept


def shown(job: Job) -> dict[str, str | None]:
    return {
        "reply_ref": job.reply_ref,
        "channel": job.channel,
        "status": job.status,
        "verb": job.command.verb,
    }


def all_pages(tx: Tx, filters: HistoryFilters) -> Iterator[JobPage]:
    before: int | None = NEWEST
    while before is not None:
        page = history.page(tx, TENANT, filters, before, 4)
        yield page
        before = page.next


@on_sqlite
async def test_counting_slots_does_not_walk_along_a_history(database: SqliteDatabase) -> None:
    def explain(tx: Tx) -> list[str]:
        explaining = Explaining(tx)
        slots_of(explaining, [1], 0)  # type: ignore[arg-type]
        slots = " ".join(explaining.plan)
        jobs.executing_ids(explaining, TENANT)  # type: ignore[arg-type]
        return [slots, *explaining.plan]

    slots, executing = await database.read(explain)

    assert "jobs_slots" in slots
    assert "jobs_executing" in executing


async def test_a_tenant_sees_only_its_own_jobs(database: Database, account: Account) -> None:
    def keep(tx: Tx) -> None:
        for number in (1, 2, 3):
            job = replace(new_job(number), account=account.id, reply_ref="r")
            jobs.insert(tx, replace(job, tenant="other") if number == 2 else replace(job, tenant=TENANT))

    await database.write(keep)

    def pages(tx: Tx) -> list[list[int]]:
        asked = (
            HistoryFilters(),
            HistoryFilters(reply_ref="r"),
            HistoryFilters(status="created"),
            HistoryFilters(verb="pixverse-create"),
        )
        return [[job.number for job in history.page(tx, TENANT, one, NEWEST, 9).jobs] for one in asked]

    assert await database.read(pages) == [[3, 1]] * 4
