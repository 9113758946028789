"""Deliveries that are owed."""

from bridge.store.database import Tx
from bridge.store.rows import deliveries, events, jobs
from tests.tools.jobs import NOW_MS
from tests.tools.rows import a_job


def owe(tx: Tx, delivery: str, number: int = 1) -> str:
    """Owe a delivery for a new event of a job."""
    job = jobs.by_id(tx, f"job-{number}") or a_job(tx, number)
    position = events.append(tx, job)
    deliveries.enqueue(
        tx, delivery=delivery, tenant="default", job=job.id, position=position, url="http://x", now_ms=NOW_MS
    )
    return delivery
