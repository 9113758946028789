"""Jobs by a part of their prompt, newest first: found by the full-text index, or read one after another.

The index is kept by triggers of the schema. It knows every three characters of a prompt, so shorter texts are
looked for in the jobs themselves.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bridge.jobs.job import Job
from bridge.store.database import Dialect, Row, Tx

SHORTEST_INDEXED: Final = 3


def is_indexed(part: str) -> bool:
    """Return whether the index can find a part of a prompt."""
    return len(part) >= SHORTEST_INDEXED


def is_in_prompt(job: Job, part: str) -> bool:
    """Return whether the prompt of a job has a part, in whatever case."""
    return part.casefold() in (job.command.prompt or "").casefold()


def newest(
    tx: Tx,
    *,
    tenant: str,
    part: str,
    reply_ref: str,
    channel: str,
    status: str,
    verb: str,
    before: int,
    looked_through: int,
    at_most: int,
) -> Sequence[Row]:
    """Return those of the newest jobs with a part in their prompt that match the other filters."""
    return tx.all(
        _NEWEST[tx.dialect],
        words=_phrase(tx, part),
        tenant=tenant,
        reply_ref=reply_ref,
        channel=channel,
        status=status,
        verb=verb,
        before=before,
        looked_through=looked_through,
        at_most=at_most,
    )


def looked_down_to(tx: Tx, tenant: str, part: str, before: int, looked_through: int) -> int | None:
    """Return the last job that `newest` looked at, None if there is none after it."""
    rows = tx.all(
        _LAST_LOOKED_AT[tx.dialect],
        words=_phrase(tx, part),
        tenant=tenant,
        before=before,
        looked_through=looked_through,
    )
    return rows[0]["number"] if len(rows) > 1 else None


def _phrase(tx: Tx, part: str) -> str:
    """Return what the index is asked for: in SQLite a phrase, in which a quote is doubled."""
    if tx.dialect is Dialect.POSTGRES:
        return part
    quoted = part.replace('"', '""')
    return f'"{quoted}"'


_NEWEST: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT * FROM jobs
         WHERE number IN (SELECT number
                            FROM (SELECT jobs.number, reply_ref, channel, status, verb
                                    FROM prompts
                                    CROSS JOIN jobs ON jobs.number = prompts.rowid & 1099511627775
                                   WHERE prompts MATCH :words
                                     AND prompts.rowid > (SELECT number << 40 FROM prompt_tenants
                                                           WHERE tenant = :tenant)
                                     AND prompts.rowid < (SELECT number << 40 FROM prompt_tenants
                                                           WHERE tenant = :tenant)
                                                         + min(:before, 1099511627775)
                                   ORDER BY prompts.rowid DESC LIMIT :looked_through)
                           WHERE :reply_ref IN ('', reply_ref) AND :channel IN ('', channel)
                             AND :status IN ('', status) AND :verb IN ('', verb)
                           ORDER BY number DESC LIMIT :at_most)
         ORDER BY number DESC
    """,
    Dialect.POSTGRES: """
        WITH found AS MATERIALIZED (
               SELECT number FROM prompts
                WHERE trigrams(tenant, words) @> trigrams(:tenant, in_one_case(:words))
                  AND tenant = :tenant AND strpos(words, in_one_case(:words)) > 0)
        SELECT *
          FROM (SELECT jobs.* FROM found JOIN jobs ON jobs.number = found.number
                 WHERE jobs.tenant = :tenant AND jobs.number < :before
                 ORDER BY jobs.number DESC LIMIT :looked_through) AS looked_through
         WHERE :reply_ref IN ('', reply_ref) AND :channel IN ('', channel)
           AND :status IN ('', status) AND :verb IN ('', verb)
         ORDER BY number DESC LIMIT :at_most
    """,
}
_LAST_LOOKED_AT: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT prompts.rowid & 1099511627775 AS number FROM prompts
         WHERE prompts MATCH :words
           AND prompts.rowid > (SELECT number << 40 FROM prompt_tenants WHERE tenant = :tenant)
           AND prompts.rowid < (SELECT number << 40 FROM prompt_tenants WHERE tenant = :tenant)
                               + min(:before, 1099511627775)
         ORDER BY prompts.rowid DESC LIMIT 2 OFFSET :looked_through - 1
    """,
    Dialect.POSTGRES: """
        WITH found AS MATERIALIZED (
               SELECT number FROM prompts
                WHERE trigrams(tenant, words) @> trigrams(:tenant, in_one_case(:words))
                  AND tenant = :tenant AND strpos(words, in_one_case(:words)) > 0)
        SELECT jobs.number FROM found JOIN jobs ON jobs.number = found.number
         WHERE jobs.tenant = :tenant AND jobs.number < :before
         ORDER BY jobs.number DESC LIMIT 2 OFFSET :looked_through - 1
    """,
}
"""SQLite reads its index downwards, up to the limit; PostgreSQL's has no order, so it sorts all matches."""
