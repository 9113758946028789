"""What is owed in a test, and what became of it."""

import asyncio
from typing import Final

from bridge.notifier import LocalNotifier
from bridge.store.database import Tx
from bridge.store.rows import deliveries, events, jobs
from bridge.store.rows.events import Event
from bridge.store.rows.webhook_secrets import made
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.tools.hand_clock import START_MS
from tests.tools.rows import a_job

PAUSES_S: Final = (5.0, 30.0, 120.0)
SECRET: Final = made()


def job_id(event: Event) -> bytes:
    return event.job.id.encode()


def owe(tx: Tx, url: str, number: int, name: str | None = None, now_ms: int = START_MS) -> str:
    """Owe a delivery for a new event of a job."""
    job = jobs.by_id(tx, f"job-{number}") or a_job(tx, number)
    delivery = name or f"msg-{number}"
    position = events.append(tx, job)
    deliveries.enqueue(
        tx, delivery=delivery, tenant="default", job=job.id, position=position, url=url, now_ms=now_ms
    )
    return delivery


async def states(database: SqliteDatabase) -> list[tuple[str, str, int]]:
    rows = await database.read(lambda tx: tx.all("SELECT id, state, tries FROM deliveries ORDER BY position"))
    return [(row["id"], row["state"], row["tries"]) for row in rows]


async def settled(database: SqliteDatabase, notifier: LocalNotifier, *expected: tuple[str, str, int]) -> None:
    """Return when the outbox looks as expected: every attempt rings when it has ended."""
    with notifier.subscribe("callbacks") as subscription:
        async with asyncio.timeout(45):
            while await states(database) != list(expected):
                await subscription.wait(3600)


async def due_in_s(database: SqliteDatabase, delivery: str, now_ms: int) -> float:
    row = await database.read(lambda tx: tx.one("SELECT due_ms FROM deliveries WHERE id = :id", id=delivery))
    return float(row["due_ms"] - now_ms) / 1000  # type: ignore[index]
