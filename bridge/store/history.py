"""A tenant's jobs, newest first, page by page; the filter that lets the fewest through leads the walk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.jobs.job import Job
from bridge.store import jobs
from bridge.store.database import Tx

NEWEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a history is limited to; an empty text limits nothing. `status` is the contract's."""

    reply_ref: str = ""
    channel: str = ""
    status: str = ""
    verb: str = ""


def page(tx: Tx, tenant: str, filters: Filters, before: int, at_most: int) -> Sequence[Job]:
    """Return a tenant's jobs whose number is below `before`."""
    given = {"reply_ref": filters.reply_ref, "channel": filters.channel}
    given |= {"status": filters.status, "verb": filters.verb}
    leader = next((name for name, value in given.items() if value), "")
    rows = tx.all(_WALKS[leader], tenant=tenant, before=before, at_most=at_most, **given)
    return [jobs.read(row) for row in rows]


_WALKS: Final[Mapping[str, str]] = {
    "reply_ref": """
        SELECT number, body FROM jobs
         WHERE tenant = :tenant AND reply_ref = :reply_ref AND number < :before
           AND :channel IN ('', channel) AND :status IN ('', status) AND :verb IN ('', verb)
         ORDER BY number DESC LIMIT :at_most
    """,
    "channel": """
        SELECT number, body FROM jobs
         WHERE tenant = :tenant AND channel = :channel AND number < :before
           AND :status IN ('', status) AND :verb IN ('', verb)
         ORDER BY number DESC LIMIT :at_most
    """,
    "status": """
        SELECT number, body FROM jobs
         WHERE tenant = :tenant AND status = :status AND number < :before
           AND :verb IN ('', verb)
         ORDER BY number DESC LIMIT :at_most
    """,
    "verb": """
        SELECT number, body FROM jobs
         WHERE tenant = :tenant AND verb = :verb AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
    "": """
        SELECT number, body FROM jobs INDEXED BY jobs_history
         WHERE tenant = :tenant AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
}
"""The walks by their leading filter. What follows it is checked row by row, in the index where it can be."""
