"""Jobs that have ended, and what lets go of them when they were kept long enough."""

from dataclasses import replace
from typing import Any, Final

from bridge.flows.keep.retention import Retention
from bridge.flows.step import Now
from bridge.jobs.job import Job, Said
from bridge.jobs.signals import Claimed, Finished
from bridge.jobs.verdict import Rule
from bridge.ports import DAY_MS
from bridge.store.database import Tx
from bridge.store.rows import idempotency, jobs, messages
from bridge.store.rows.idempotency import Key
from tests.flows.conftest import TENANT, Rig, begin, stepped

KEPT_DAYS: Final = 31
DAY_S: Final = 86_400
URL: Final = "http://127.0.0.1/hook"


def keeper(rig: Rig, database: Any = None) -> Retention:
    """Return what lets go of jobs."""
    return Retention(database or rig.database, rig.clock, KEPT_DAYS * DAY_MS, frozenset)


async def finished(rig: Rig, number: int = 1, url: str | None = URL, parent: str | None = None) -> Job:
    """Keep a job that ends now, with everything that a job can have."""
    job = replace(rig.new_job(number), reply_url=url, parent=parent)
    return await rig.database.write(lambda tx: _finished(tx, rig, job))


async def rows(rig: Rig, table: str) -> int:
    """Return how many rows a table has."""

    def count(tx: Tx) -> int:
        row = tx.one(f"SELECT count(*) AS n FROM {table}")
        assert row is not None
        return int(row["n"])

    return await rig.database.read(count)


def _finished(tx: Tx, rig: Rig, job: Job) -> Job:
    now = Now(rig.clock.now_ms())
    kept = jobs.insert(tx, job)
    begin(tx, kept, f"nonce-{job.id}", now.ms)
    claimed = stepped(tx, kept, Claimed(), now)
    idempotency.claim(tx, Key(TENANT, f"key-{job.id}", "print"), kept.id, now.ms)
    message = rig.completion(name=f"{job.id}.mp4", after_s=float(job.id.partition("-")[2]))
    messages.bind(tx, rig.account.id, message, job.id, Rule.NONCE, now.ms)
    return stepped(tx, claimed, Finished(Said(message.id)), now)
