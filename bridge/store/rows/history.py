"""A tenant's jobs, newest first, in pages, read from index ranges that contain only matching rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from bridge.jobs.job import STATUS, Job
from bridge.store.database import Dialect, Row, Tx
from bridge.store.rows import jobs, prompts

NEWEST: Final = 2**63 - 1
LOOKED_THROUGH: Final = 1_000
"""How many jobs of a reference or with a prompt one page reads at most if there are other filters."""
READ_THROUGH: Final = 500
"""How many jobs one page reads at most for a part of a prompt that no index knows."""
_STATUSES: Final = tuple(dict.fromkeys(STATUS.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilters:
    """The filters of a history; an empty text does not filter. `status` is the API's.

    `prompt` is a part of one, in whatever case.
    """

    reply_ref: str = ""
    channel: str = ""
    status: str = ""
    verb: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of jobs, and the number below which the next page begins, None on the last one.

    Unreadable jobs are left out.
    """

    jobs: Sequence[Job]
    next: int | None


def page(tx: Tx, tenant: str, filters: HistoryFilters, before: int, at_most: int) -> JobPage:
    """Return a tenant's jobs with a number below `before`; a short page is not always the last one."""
    if filters.prompt and not prompts.is_indexed(filters.prompt):
        return _read_through(tx, tenant, filters, before, at_most)
    rows, looked_down_to = _found(tx, tenant, filters, before, at_most)
    shown = rows[:at_most]
    following = shown[-1]["number"] if len(rows) > at_most else looked_down_to
    return JobPage(jobs.sorted_out(shown)[0], following)


def _found(
    tx: Tx, tenant: str, filters: HistoryFilters, before: int, at_most: int
) -> tuple[Sequence[Row], int | None]:
    """Return the rows of a page and one more; if there are fewer, also where a search for more begins."""
    looked_down_to = None
    if filters.prompt:
        rows = _with_prompt(tx, tenant, filters, before, at_most + 1)
        if len(rows) <= at_most:
            looked_down_to = prompts.looked_down_to(tx, tenant, filters.prompt, before, LOOKED_THROUGH)
    elif filters.reply_ref and (filters.channel or filters.status or filters.verb):
        rows = _of_reference(tx, tenant, filters, before, at_most + 1)
        if len(rows) <= at_most:
            looked_down_to = _looked_down_to(tx, tenant, filters, before)
    else:
        rows = _newest(tx, tenant, filters, before, at_most + 1)
    return rows, looked_down_to


def _read_through(tx: Tx, tenant: str, filters: HistoryFilters, before: int, at_most: int) -> JobPage:
    """Read the newest jobs that match the other filters, for a part of a prompt that is too short to find."""
    read = page(tx, tenant, replace(filters, prompt=""), before, READ_THROUGH)
    found = [job for job in read.jobs if prompts.is_in_prompt(job, filters.prompt)]
    shown = found[:at_most]
    return JobPage(shown, shown[-1].number if len(found) > at_most else read.next)


def _newest(tx: Tx, tenant: str, filters: HistoryFilters, before: int, at_most: int) -> Sequence[Row]:
    """Return the newest rows of the matching index ranges, one for each pair of a status and a verb."""
    leader = _leader(filters)
    rows = [
        row
        for status, verb in _ranges(tx, tenant, filters, leader)
        for row in _walk(
            tx,
            leader,
            tenant=tenant,
            reply_ref=filters.reply_ref,
            channel=filters.channel,
            status=status,
            verb=verb,
            before=before,
            at_most=at_most,
        )
    ]
    return sorted(rows, key=lambda row: row["number"], reverse=True)[:at_most]


def _walk(tx: Tx, leader: str, **values: object) -> Sequence[Row]:
    if leader == "reply_ref":
        return tx.all(_BY_REFERENCE[tx.dialect], **values)
    return tx.all(_WALKS[leader], **values)


def _leader(filters: HistoryFilters) -> str:
    if filters.channel and (filters.status or filters.verb):
        return "channel and more"
    given = {"reply_ref": filters.reply_ref, "channel": filters.channel}
    given |= {"status": filters.status, "verb": filters.verb}
    return next((name for name, value in given.items() if value), "")


def _ranges(tx: Tx, tenant: str, filters: HistoryFilters, leader: str) -> Iterator[tuple[str, str]]:
    """Yield status and verb of each range: one for every pair if the index has both."""
    if leader in {"channel and more", "status"}:
        statuses = (filters.status,) if filters.status else _STATUSES
        verbs = (filters.verb,) if filters.verb else _verbs_of(tx, tenant)
        yield from product(statuses, verbs)
    else:
        yield filters.status, filters.verb


def _verbs_of(tx: Tx, tenant: str) -> Sequence[str]:
    """Return the verbs that a tenant has jobs of, also those that the configuration no longer has.

    Each is the next one in an index: as many look-ups as there are verbs.
    """
    rows = tx.all(
        """
        WITH RECURSIVE found (verb) AS (
               SELECT min(verb) FROM jobs WHERE tenant = :tenant
               UNION ALL
               SELECT (SELECT min(verb) FROM jobs WHERE tenant = :tenant AND verb > found.verb)
                 FROM found WHERE found.verb IS NOT NULL)
        SELECT verb FROM found WHERE verb IS NOT NULL
        """,
        tenant=tenant,
    )
    return [row["verb"] for row in rows]


def _with_prompt(tx: Tx, tenant: str, filters: HistoryFilters, before: int, at_most: int) -> Sequence[Row]:
    """Return the newest jobs with a prompt that match the other filters."""
    return prompts.newest(
        tx,
        tenant=tenant,
        part=filters.prompt,
        reply_ref=filters.reply_ref,
        channel=filters.channel,
        status=filters.status,
        verb=filters.verb,
        before=before,
        looked_through=LOOKED_THROUGH,
        at_most=at_most,
    )


def _of_reference(tx: Tx, tenant: str, filters: HistoryFilters, before: int, at_most: int) -> Sequence[Row]:
    """Return the newest jobs of a reference that match the other filters."""
    return tx.all(
        _OF_REFERENCE[tx.dialect],
        tenant=tenant,
        reply_ref=filters.reply_ref,
        channel=filters.channel,
        status=filters.status,
        verb=filters.verb,
        before=before,
        looked_through=LOOKED_THROUGH,
        at_most=at_most,
    )


def _looked_down_to(tx: Tx, tenant: str, filters: HistoryFilters, before: int) -> int | None:
    """Return the last job of a reference that was read, None if there is none after it."""
    rows = tx.all(
        _LAST_LOOKED_AT[tx.dialect],
        tenant=tenant,
        reply_ref=filters.reply_ref,
        before=before,
        looked_through=LOOKED_THROUGH,
    )
    return rows[0]["number"] if len(rows) > 1 else None


_WALKS: Final[Mapping[str, str]] = {
    "channel and more": """
        SELECT * FROM jobs
         WHERE tenant = :tenant AND channel = :channel AND status = :status AND verb = :verb
           AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
    "channel": """
        SELECT * FROM jobs
         WHERE tenant = :tenant AND channel = :channel AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
    "status": """
        SELECT * FROM jobs
         WHERE tenant = :tenant AND status = :status AND verb = :verb AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
    "verb": """
        SELECT * FROM jobs
         WHERE tenant = :tenant AND verb = :verb AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
    "": """
        SELECT * FROM jobs INDEXED BY jobs_history
         WHERE tenant = :tenant AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
}
"""The queries by their leading filter: every row of a range matches, so that none is skipped."""

_BY_REFERENCE: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT * FROM jobs
         WHERE tenant = :tenant AND reply_ref = :reply_ref AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
    Dialect.POSTGRES: """
        SELECT * FROM jobs
         WHERE tenant = :tenant AND md5(reply_ref) = md5(:reply_ref) AND reply_ref = :reply_ref
           AND number < :before
         ORDER BY number DESC LIMIT :at_most
    """,
}
_OF_REFERENCE: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT * FROM jobs
         WHERE number IN (SELECT number
                            FROM (SELECT number, channel, status, verb FROM jobs
                                   WHERE tenant = :tenant AND reply_ref = :reply_ref AND number < :before
                                   ORDER BY number DESC LIMIT :looked_through)
                           WHERE :channel IN ('', channel) AND :status IN ('', status) AND :verb IN ('', verb)
                           ORDER BY number DESC LIMIT :at_most)
         ORDER BY number DESC
    """,
    Dialect.POSTGRES: """
        SELECT *
          FROM (SELECT * FROM jobs
                 WHERE tenant = :tenant AND md5(reply_ref) = md5(:reply_ref) AND reply_ref = :reply_ref
                   AND number < :before
                 ORDER BY number DESC LIMIT :looked_through) AS looked_through
         WHERE :channel IN ('', channel) AND :status IN ('', status) AND :verb IN ('', verb)
         ORDER BY number DESC LIMIT :at_most
    """,
}
_LAST_LOOKED_AT: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT number FROM jobs
         WHERE tenant = :tenant AND reply_ref = :reply_ref AND number < :before
         ORDER BY number DESC LIMIT 2 OFFSET :looked_through - 1
    """,
    Dialect.POSTGRES: """
        SELECT number FROM jobs
         WHERE tenant = :tenant AND md5(reply_ref) = md5(:reply_ref) AND reply_ref = :reply_ref
           AND number < :before
         ORDER BY number DESC LIMIT 2 OFFSET :looked_through - 1
    """,
}
"""The index of PostgreSQL has only the MD5 of a reference: an index takes no text beyond 2,700 bytes."""
