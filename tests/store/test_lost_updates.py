"""Two processes on one database: nobody's change is lost, and what one has done is not done again."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bridge.api.contract.idempotency import HEADER, IdempotentRequests
from bridge.api.http.answers import Refusal
from bridge.api.http.guard import TENANT
from bridge.flows.submit.keys import IdempotencyKeys
from bridge.jobs.job import Job, State
from bridge.store.database import AlreadyThere, Conflict, Database, StoreUnavailable, Tx
from bridge.store.rows import idempotency, jobs
from bridge.store.rows.idempotency import Key, UsedKey
from bridge.store.sqlite.sqlite import sqlite_database
from tests.tools.databases import Storage, opened
from tests.tools.hand_clock import HandClock
from tests.tools.rows import a_job


@pytest.mark.usefixtures("account")
async def test_what_another_process_has_changed_meanwhile_is_read_anew(
    storage: Storage, database: Database
) -> None:
    seen = [await database.write(a_job)]
    async with opened(storage) as other:
        await other.write(lambda tx: jobs.save(tx, replace(seen[0], reply_ref="the other's")))

    def cancel(tx: Tx) -> Job:
        job = seen.pop() if seen else jobs.by_id(tx, "job-1")
        assert job is not None
        return jobs.save(tx, replace(job, state=State.CANCELLED))

    kept = await database.write(cancel)

    assert (kept.state, kept.reply_ref, kept.revision) == (State.CANCELLED, "the other's", 2)
    assert await database.read(lambda tx: jobs.by_id(tx, "job-1")) == kept


@pytest.mark.usefixtures("account")
async def test_a_job_that_was_read_before_another_change_overwrites_nothing(database: Database) -> None:
    job = await database.write(a_job)
    changed = await database.write(lambda tx: jobs.save(tx, replace(job, state=State.SENDING)))

    with pytest.raises(Conflict):
        await database.write(lambda tx: jobs.save(tx, replace(job, state=State.CANCELLED)))

    assert await database.read(lambda tx: jobs.by_id(tx, job.id)) == changed


async def test_a_job_of_before_revisions_were_kept_can_still_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    schema = sorted((resources.files("bridge.store.sqlite") / "schema").iterdir(), key=lambda file: file.name)
    with closing(sqlite3.connect(path)) as old:
        for file in schema[:6]:
            old.executescript(file.read_text(encoding="utf-8"))
        old.executescript("PRAGMA user_version = 6")
        old.execute(OLD_ACCOUNT)
        old.execute(OLD_ROW)
        old.commit()

    async with sqlite_database(path) as database:
        job = await database.read(lambda tx: jobs.by_id(tx, "old"))
        assert job is not None
        kept = await database.write(lambda tx: jobs.save(tx, replace(job, state=State.CANCELLED)))

    assert (job.revision, kept.revision) == (3, 4)


OLD_ACCOUNT = """
    INSERT INTO accounts VALUES (1, 'default', 'configured', 'c', 's', 1, x'00', 'h', 'p', 'm', 0, 0, 0)
"""
OLD_ROW = """
    INSERT INTO jobs (id, tenant, account, channel, verb, state, is_owed, created_ms, body)
    VALUES ('old', 'default', 1, 'c', 'pixverse-create', 'sent', 1, 1,
            '{"id":"old","tenant":"default","account":1,"server":"s","channel":"c","discord":"d",
              "command":{"verb":"pixverse-create","prompt":"a cat"},"created_ms":1,"updated_ms":1,
              "heard_ms":1,"fingerprint":"f","state":"sent","revision":3,"is_owed":true}')
"""


@pytest.mark.usefixtures("account")
async def test_a_key_that_another_process_takes_meanwhile_gets_its_answer(database: Database) -> None:
    clock = HandClock()
    await database.write(lambda tx: [a_job(tx, 1), a_job(tx, 2)])
    request = a_request()

    async def submit(key: Key | None) -> web.Response:
        assert key is not None
        await database.write(lambda tx: idempotency.claim(tx, key, "job-1", clock.now_ms()))
        await database.write(lambda tx: idempotency.claim(tx, key, "job-2", clock.now_ms()))
        raise AssertionError("two jobs have one key")

    answer = await IdempotentRequests(IdempotencyKeys(database, clock)).answer(
        request, {"prompt": "a cat"}, "job-1", submit
    )

    assert answer.headers["Idempotent-Replayed"] == "true"
    assert isinstance(answer.body, bytes)
    assert json.loads(answer.body)["jobid"] == "job-1"


@pytest.mark.usefixtures("account")
async def test_another_row_that_is_already_there_is_not_taken_for_the_key(database: Database) -> None:
    request = a_request()
    await database.write(a_job)

    async def submit(_: Key | None) -> web.Response:
        await database.write(a_job)
        raise AssertionError("two jobs have one id")

    with pytest.raises(AlreadyThere):
        await IdempotentRequests(IdempotencyKeys(database, HandClock())).answer(
            request, {"prompt": "a cat"}, "job-1", submit
        )


@pytest.mark.usefixtures("account")
async def test_what_was_accepted_is_answered_so_although_the_answer_cannot_be_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    request = a_request()

    async def refused(_database: Database, _body: object) -> None:
        raise StoreUnavailable("the disk is full")

    async def submit(key: Key | None) -> web.Response:
        assert key is not None
        job = await database.write(a_job)
        await database.write(lambda tx: idempotency.claim(tx, key, job.id, clock.now_ms()))
        monkeypatch.setattr(type(database), "write", refused)
        return web.json_response({"jobid": job.id})

    once = IdempotentRequests(IdempotencyKeys(database, clock))
    first = await once.answer(request, {"prompt": "a cat"}, "job-1", submit)
    again = await once.answer(request, {"prompt": "a cat"}, "job-1", submit)

    assert (first.status, again.status) == (200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("status", [503, 429, 400])
async def test_a_request_without_a_job_leaves_the_key_of_another_process_alone(
    database: Database, status: int
) -> None:
    clock = HandClock()
    anothers = await database.write(lambda tx: a_job(tx, 2))
    keys = IdempotencyKeys(database, clock)
    used: list[Key] = []

    async def submit(key: Key | None) -> web.Response:
        assert key is not None
        used.append(key)
        await database.write(lambda tx: idempotency.claim(tx, key, anothers.id, clock.now_ms()))
        await keys.answered(key, anothers.id, 200, '{"jobid": "job-2"}')
        raise Refusal(status, "there is no job")

    refused = await IdempotentRequests(keys).answer(a_request(), {"prompt": "a cat"}, "job-1", submit)

    assert refused.status == status
    assert await keys.use_of(used[0]) == UsedKey(used[0].fingerprint, "job-2", 200, '{"jobid": "job-2"}')


@pytest.mark.usefixtures("account")
async def test_a_key_is_not_freed_again_after_another_process_has_assigned_it(database: Database) -> None:
    clock, key = HandClock(), Key("default", "abc", "print")
    await database.write(lambda tx: [a_job(tx, 1), a_job(tx, 2)])
    keys = IdempotencyKeys(database, clock)
    await database.write(lambda tx: idempotency.claim(tx, key, "job-1", clock.now_ms()))
    seen = await keys.use_of(key)
    assert seen is not None

    await keys.free(key, seen)
    await database.write(lambda tx: idempotency.claim(tx, key, "job-2", clock.now_ms()))
    await keys.free(key, seen)

    assert await keys.use_of(key) == UsedKey("print", "job-2", None, None)


def a_request() -> web.Request:
    request = make_mocked_request("POST", "/v1/pixverse/create", headers={HEADER: "abc"})
    request[TENANT] = "default"
    return request
