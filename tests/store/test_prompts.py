"""Jobs are found by a part of their prompt: all of them, the tenant's own, at the cost of what is found."""

import json
from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from bridge.accounts.account import Account
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job, State
from bridge.store.database import Database, Tx
from bridge.store.rows import history, jobs, removals, retention
from bridge.store.rows.history import NEWEST, HistoryFilters
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.tools.counting import instructions
from tests.tools.databases import on_sqlite
from tests.tools.jobs import NOW_MS, new_job
from tests.tools.rows import TENANT

PROMPTS: Final = (
    'A Cat says "hello" to a dog',
    "100% of a_cat\\s whiskers; DROP TABLE jobs --",
    "ÜBER den Dächern, ΟΔΟΣ",
    "🔥🔥🔥 burning 🐈‍⬛ cat",
    "قطة تجري في الحديقة",
    "小さな猫が走る",
    "cafe\u0301 noir ' NEAR(a b) * ^x:y",
)


def of_prompt(number: int, prompt: str | None, **changes: object) -> Job:
    job = new_job(number)
    command = Command(job.command.verb, job.command.values, prompt=prompt)
    return replace(job, command=command, **changes)  # type: ignore[arg-type]


async def keep(database: Database, account: Account, *kept: Job) -> None:
    def body(tx: Tx) -> None:
        for job in kept:
            jobs.insert(tx, replace(job, account=account.id))

    await database.write(body)


async def found(database: Database, part: str, tenant: str = TENANT, **filters: str) -> list[str]:
    """Return the prompts on all pages of two."""

    def body(tx: Tx) -> list[str]:
        prompts, before = [], NEWEST
        while True:
            page = history.page(tx, tenant, HistoryFilters(prompt=part, **filters), before, 2)
            prompts += [job.command.prompt or "" for job in page.jobs]
            if page.next is None:
                return prompts
            before = page.next

    return await database.read(body)


async def test_every_part_of_a_prompt_finds_it_and_no_other(database: Database, account: Account) -> None:
    await keep(database, account, *(of_prompt(n, prompt) for n, prompt in enumerate(PROMPTS, 1)))
    parts = {
        prompt[start : start + length]
        for prompt in PROMPTS
        for length in (1, 2, 3, 4, 9, len(prompt))
        for start in range(0, len(prompt) - length + 1, 5)
    }

    answers = {part: await found(database, part) for part in parts}

    assert len(parts) > 100
    assert answers == {
        part: [prompt for prompt in reversed(PROMPTS) if part.casefold() in prompt.casefold()]
        for part in parts
    }


@pytest.mark.parametrize("part", ["über", "ÜBER", "dÄCH", "a cat", "οδος", "CAFE", "hELLO", "Ü"])
async def test_case_is_ignored_in_every_script(database: Database, account: Account, part: str) -> None:
    await keep(database, account, *(of_prompt(n, prompt) for n, prompt in enumerate(PROMPTS, 1)))

    answer = await found(database, part)

    assert len(answer) == 1


@pytest.mark.parametrize(
    "part", ["%%%", "___", "a%t", "c_t", '"""', "***", "OR ", "{a}", "dog OR cat", "NOT", "\\\\\\"]
)
async def test_what_means_something_to_a_database_means_only_itself(
    database: Database, account: Account, part: str
) -> None:
    await keep(database, account, of_prompt(1, "a cat and a dog"), of_prompt(2, f"before{part}after"))

    answer = await found(database, part)

    assert answer == [f"before{part}after"]


@pytest.mark.parametrize("part", ["a cat", "a"])
async def test_a_tenant_finds_only_its_own(database: Database, account: Account, part: str) -> None:
    theirs = [
        of_prompt(n, f"a cat {n}", tenant=name) for n, name in enumerate(("other", "defaul", "efault"), 1)
    ]
    await keep(database, account, *theirs, of_prompt(9, "a cat of mine"), of_prompt(10, None))

    assert await found(database, part) == ["a cat of mine"]
    assert await found(database, part, "other") == ["a cat 1"]
    assert await found(database, "other") == []


@pytest.mark.parametrize("part", ["a cat", "ca"])
async def test_it_is_combined_with_the_other_filters(
    database: Database, account: Account, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOKED_THROUGH", 3)
    monkeypatch.setattr(history, "READ_THROUGH", 3)
    wanted = {"reply_ref": "r", "channel": "c", "state": State.COMPLETED}
    others: tuple[dict[str, object], ...] = (
        {"reply_ref": None},
        {"channel": "d"},
        {"state": State.STARTED},
        {},
    )
    kept = [of_prompt(n, f"a cat {n}", **(wanted | others[n % 4])) for n in range(1, 21)]
    other_verb = replace(
        kept[-1], command=replace(kept[-1].command, verb=Verb.ANIMATE), id="other", number=21
    )
    await keep(database, account, *kept, other_verb)

    answer = await found(
        database, part, reply_ref="r", channel="c", status="completed", verb="pixverse-create"
    )

    assert answer == ["a cat 19", "a cat 15", "a cat 11", "a cat 7", "a cat 3"]


@on_sqlite
@pytest.mark.parametrize("filters", [{}, {"status": "failed"}])
async def test_a_search_costs_nothing_for_jobs_that_do_not_match(
    database: SqliteDatabase, account: Account, filters: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOKED_THROUGH", 10)

    async def cost(numbers: range) -> int:
        mine = [of_prompt(n, "a dog" if n % 2 else "a cat") for n in numbers]
        theirs = [of_prompt(n + 10_000, "a white cat", tenant="other") for n in numbers]
        await keep(database, account, *mine, *theirs)
        asked = HistoryFilters(prompt="white cat" if not filters else "a cat", **filters)
        return await database.read(
            lambda tx: instructions(tx, lambda: history.page(tx, TENANT, asked, NEWEST, 5))
        )

    few = await cost(range(1, 201))
    many = await cost(range(201, 1_201))

    assert many - few < 2_000, "less than one instruction for each job that was added"


async def test_what_is_deleted_is_not_found(database: Database, account: Account) -> None:
    await keep(database, account, *(of_prompt(n, "a cat") for n in range(1, 6)))

    await database.write(lambda tx: retention.delete_job(tx, "job-1", NOW_MS))
    await database.write(lambda tx: removals.delete_some(tx, TENANT, 2))

    assert len(await found(database, "a cat")) == 2
    rows = await database.read(lambda tx: tx.all("SELECT * FROM prompts"))
    assert len(rows) == 2


@pytest.mark.parametrize(
    "body", ["{", "", "[]", '{"command":{}}', '{"command":{"prompt":null}}', json.dumps("x")]
)
async def test_a_damaged_row_is_kept_and_deleted_as_any_other(
    database: Database, account: Account, body: str
) -> None:
    insert = """
        INSERT INTO jobs (id, tenant, account, channel, verb, state, is_owed, created_ms, body)
        VALUES ('damaged', 'default', :account, '1', 'pixverse-create', 'completed', 0, 0, :body)
    """
    await database.write(lambda tx: tx.run(insert, account=account.id, body=body))
    await keep(database, account, of_prompt(2, "a cat"))
    await database.write(lambda tx: tx.run("UPDATE jobs SET body = 'damaged later' WHERE id = 'job-2'"))

    assert await found(database, "a cat") == []
    assert await found(database, "a") == []

    for job in ("damaged", "job-2"):
        await database.write(partial(retention.delete_job, job=job, now_ms=NOW_MS))
    assert await database.read(lambda tx: tx.all("SELECT * FROM prompts")) == []
