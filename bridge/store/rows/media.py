"""The videos of the mirror: which are to be downloaded, which are kept, and which are to be deleted.

A name is never given twice, and is only known to whoever has seen a record of the job.
"""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from bridge.jobs.mirrored import TYPES, Video, videos_of
from bridge.store.database import Dialect, Row, Tx
from bridge.store.rows import jobs, meta

NAME: Final = re.compile(rf"[0-9a-f]{{32}}\.(?:{'|'.join(TYPES)})")
NamesOfFiles: TypeAlias = Mapping[str, str]
"""The names of videos, by the ids of their files."""
NamesOfJobs: TypeAlias = Mapping[str, NamesOfFiles]
_POSITION: Final = "media_position"
_BYTES: Final = "media_bytes"
"""The size of all files. It is stored: a sum would cost more the more files there are."""
_MOST_LEAVING: Final = 100
"""How many files one video lets be deleted at a time."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A completed job with videos, and when it was."""

    job: str
    tenant: str
    at_ms: int
    videos: Sequence[Video]


@dataclass(frozen=True, slots=True)
class News:
    """What the change log says of completed jobs, up to a position; `is_all`: there is nothing after it."""

    finished: Sequence[Finished]
    position: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class Medium:
    """A video of the mirror; `claim_ms` is until when it is claimed, and names the claim."""

    name: str
    job: str
    tenant: str
    file: str
    state: str
    size: int
    sha256: str | None
    tries: int
    due_ms: int
    claim_ms: int
    made_ms: int


@dataclass(frozen=True, slots=True)
class ClaimedMedia:
    """Claimed videos, and the jobs of those for which there is no room besides newer ones.

    `is_room_made`: files are to be deleted for others.
    """

    claimed: Sequence[Medium]
    without_room: Sequence[str]
    is_room_made: bool


def position(tx: Tx) -> int:
    """Return up to where the change log is known to have been read."""
    return int(meta.get(tx, _POSITION) or 0)


def news(tx: Tx, after: int, at_most: int) -> News:
    """Read the change log after a position; what cannot be read is left out, as readers do."""
    rows = tx.all(
        """
        SELECT position, at_ms, snapshot FROM events
         WHERE position > :after ORDER BY position LIMIT :at_most
        """,
        after=after,
        at_most=at_most,
    )
    found = [one for row in rows if (one := _finished(row)) is not None]
    return News(found, rows[-1]["position"] if rows else after, len(rows) < at_most)


def plan(tx: Tx, found: News, most_bytes: int) -> int:
    """Store which videos are to be downloaded, none larger than the limit; return how many are new."""
    new = 0
    for one in found.finished:
        for video in one.videos:
            new += _plan(tx, one, video) if 0 < video.size <= most_bytes else 0
    meta.put(tx, _POSITION, str(found.position))
    return new


def is_claimable(tx: Tx, now_ms: int) -> bool:
    """Return whether a video is to be downloaded now, and by nobody yet."""
    row = tx.one(
        """
        SELECT 1 FROM media
         WHERE state = 'pending' AND due_ms <= :now_ms AND claim_ms <= :now_ms LIMIT 1
        """,
        now_ms=now_ms,
    )
    return row is not None


def claim(tx: Tx, now_ms: int, until_ms: int, at_most: int, max_bytes: int) -> ClaimedMedia:
    """Claim the newest videos; the oldest ones make room for newer ones.

    A video waits until the files that made room for it are deleted, so that there is never more than the
    limit. One that is older than all of which there is room is given up.
    """
    claimed, without_room, is_room_made = [], [], False
    for row in tx.all(_FREE[tx.dialect], now_ms=now_ms, at_most=at_most):
        one = _medium(row)
        if not _make_room(tx, one, now_ms, max_bytes):
            _set_state(tx, one.name, "given_up")
            without_room.append(one.job)
        elif _bytes(tx) + _claimed_bytes(tx, now_ms) + one.size <= max_bytes:
            tx.run(
                "UPDATE media SET claim_ms = :until_ms WHERE name = :name", until_ms=until_ms, name=one.name
            )
            claimed.append(replace(one, claim_ms=until_ms))
        else:
            is_room_made = True
    return ClaimedMedia(claimed, without_room, is_room_made)


def keep(tx: Tx, claimed: Medium, sha256: str) -> bool:
    """Store that a video is in the mirror; return False if it is to be deleted meanwhile."""
    count = tx.run(
        """
        UPDATE media SET state = 'kept', sha256 = :sha256, claim_ms = 0
         WHERE name = :name AND claim_ms = :claim_ms AND state = 'pending'
        """,
        name=claimed.name,
        claim_ms=claimed.claim_ms,
        sha256=sha256,
    )
    if count:
        _count_bytes(tx, claimed.size)
    else:
        _is_to_be_deleted(tx, claimed, sha256)
    return bool(count)


def postpone(tx: Tx, claimed: Medium, due_ms: int, tries: int) -> None:
    """Store that a video is to be downloaded later."""
    tx.run(
        """
        UPDATE media SET due_ms = :due_ms, tries = :tries
         WHERE name = :name AND claim_ms = :claim_ms AND state = 'pending'
        """,
        name=claimed.name,
        claim_ms=claimed.claim_ms,
        due_ms=due_ms,
        tries=tries,
    )
    release(tx, claimed)


def give_up(tx: Tx, claimed: Medium) -> None:
    """Store that a video will not be in the mirror."""
    tx.run(
        """
        UPDATE media SET state = 'given_up'
         WHERE name = :name AND claim_ms = :claim_ms AND state = 'pending'
        """,
        name=claimed.name,
        claim_ms=claimed.claim_ms,
    )
    release(tx, claimed)


def release(tx: Tx, claimed: Medium) -> None:
    """End a claim."""
    tx.run(
        "UPDATE media SET claim_ms = 0 WHERE name = :name AND claim_ms = :claim_ms",
        name=claimed.name,
        claim_ms=claimed.claim_ms,
    )


def release_these(tx: Tx, claimed: Iterable[Medium]) -> None:
    """End claims."""
    for one in claimed:
        release(tx, one)


def release_all(tx: Tx) -> None:
    """End every claim, at the start of the only process that can have any; on PostgreSQL they run out."""
    if tx.dialect is Dialect.SQLITE:
        tx.run("UPDATE media SET claim_ms = 0 WHERE state = 'pending' AND claim_ms > 0")
        tx.run("UPDATE media SET claim_ms = 0 WHERE state = 'deleting' AND claim_ms > 0")


def lose(tx: Tx, name: str, now_ms: int) -> None:
    """Store that the file of a video is gone: it is to be downloaded again."""
    row = tx.one("SELECT size FROM media WHERE name = :name AND state = 'kept'", name=name)
    if row is not None:
        _count_bytes(tx, -row["size"])
        tx.run(
            """
            UPDATE media SET state = 'pending', sha256 = NULL, tries = 0, due_ms = :now_ms
             WHERE name = :name
            """,
            name=name,
            now_ms=now_ms,
        )


def served(tx: Tx, name: str) -> Medium | None:
    """Return the video of a name, if it is in the mirror."""
    row = tx.one("SELECT * FROM media WHERE name = :name AND state = 'kept'", name=name)
    return _medium(row) if row else None


def names_of(tx: Tx, job_ids: Iterable[str]) -> NamesOfJobs:
    """Return the names of the videos that are in the mirror, by their jobs."""
    return {
        job: {
            row["file"]: row["name"]
            for row in tx.all("SELECT file, name FROM media WHERE job = :job AND state = 'kept'", job=job)
        }
        for job in job_ids
    }


def waiting(tx: Tx, tenant: str) -> int:
    """Return how many videos of a tenant are to be downloaded."""
    row = tx.one(
        "SELECT count(*) AS count FROM media WHERE tenant = :tenant AND state = 'pending'", tenant=tenant
    )
    return row["count"] if row else 0


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return videos that were made before `before_ms`."""
    rows = tx.all(
        """
        SELECT name FROM media
         WHERE state <> 'deleting' AND made_ms < :before_ms LIMIT :at_most
        """,
        before_ms=before_ms,
        at_most=at_most,
    )
    return [row["name"] for row in rows]


def drop(tx: Tx, name: str) -> None:
    """Let a video be deleted."""
    _set_state(tx, name, "deleting")


def to_delete(tx: Tx, now_ms: int, at_most: int) -> Sequence[str]:
    """Return videos whose files are to be deleted, and that nobody is downloading."""
    rows = tx.all(
        "SELECT name FROM media WHERE state = 'deleting' AND claim_ms <= :now_ms LIMIT :at_most",
        now_ms=now_ms,
        at_most=at_most,
    )
    return [row["name"] for row in rows]


def delete(tx: Tx, names: Iterable[str]) -> None:
    """Delete the rows of videos whose files are deleted."""
    for name in names:
        row = tx.one("SELECT size, sha256 FROM media WHERE name = :name AND state = 'deleting'", name=name)
        if row is not None:
            _count_bytes(tx, -row["size"] if row["sha256"] else 0)
            tx.run("DELETE FROM media WHERE name = :name", name=name)


def _finished(row: Row) -> Finished | None:
    try:
        job = jobs.load(row["snapshot"])
    except ValueError:
        return None
    videos = videos_of(job)
    return Finished(job.id, job.tenant, row["at_ms"], videos) if videos else None


def _plan(tx: Tx, one: Finished, video: Video) -> int:
    return tx.run(
        """
        INSERT INTO media (name, job, tenant, file, state, size, due_ms, made_ms)
        SELECT :name, id, tenant, :file, 'pending', :size, :at_ms, :at_ms FROM jobs WHERE id = :job
        ON CONFLICT (job, file) DO NOTHING
        """,
        name=f"{secrets.token_hex(16)}.{video.ending}",
        job=one.job,
        file=video.file,
        size=video.size,
        at_ms=one.at_ms,
    )


def _make_room(tx: Tx, one: Medium, now_ms: int, max_bytes: int) -> bool:
    """Let older videos be deleted until there is room for this one; return False if they are too few."""
    excess = _bytes(tx) - _leaving_bytes(tx) + _claimed_bytes(tx, now_ms) + one.size - max_bytes
    if excess <= 0:
        return True
    older = tx.all(
        """
        SELECT name, size FROM media
         WHERE state = 'kept' AND made_ms < :made_ms ORDER BY made_ms LIMIT :at_most
        """,
        made_ms=one.made_ms,
        at_most=_MOST_LEAVING,
    )
    leaving = []
    for row in older:
        if excess > 0:
            leaving.append(row["name"])
            excess -= row["size"]
    if excess > 0 and len(older) < _MOST_LEAVING:
        return False
    for name in leaving:
        drop(tx, name)
    return True


def _is_to_be_deleted(tx: Tx, claimed: Medium, sha256: str) -> None:
    """Store that there is a file after all of a video that is to be deleted, and end its claim."""
    count = tx.run(
        """
        UPDATE media SET sha256 = :sha256, claim_ms = 0
         WHERE name = :name AND claim_ms = :claim_ms AND state = 'deleting'
        """,
        name=claimed.name,
        claim_ms=claimed.claim_ms,
        sha256=sha256,
    )
    _count_bytes(tx, claimed.size if count else 0)


def _bytes(tx: Tx) -> int:
    """Return the size of all files."""
    return int(meta.get(tx, _BYTES) or 0)


def _count_bytes(tx: Tx, more: int) -> None:
    if more:
        meta.put(tx, _BYTES, str(_bytes(tx) + more))


def _claimed_bytes(tx: Tx, now_ms: int) -> int:
    """Return the size of what is just being downloaded."""
    row = tx.one(
        """
        SELECT coalesce(sum(size), 0) AS claimed FROM media
         WHERE state = 'pending' AND claim_ms > :now_ms
        """,
        now_ms=now_ms,
    )
    return int(row["claimed"]) if row else 0


def _leaving_bytes(tx: Tx) -> int:
    """Return the size of files that are to be deleted."""
    row = tx.one(
        """
        SELECT coalesce(sum(size), 0) AS leaving FROM media
         WHERE state = 'deleting' AND sha256 IS NOT NULL
        """
    )
    return int(row["leaving"]) if row else 0


def _set_state(tx: Tx, name: str, state: str) -> None:
    tx.run("UPDATE media SET state = :state WHERE name = :name", name=name, state=state)


def _medium(row: Row) -> Medium:
    return Medium(**{name: row[name] for name in Medium.__dataclass_fields__})


_FREE: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT * FROM media
         WHERE state = 'pending' AND due_ms <= :now_ms AND claim_ms <= :now_ms
         ORDER BY made_ms DESC LIMIT :at_most
    """,
    Dialect.POSTGRES: """
        SELECT * FROM media
         WHERE state = 'pending' AND due_ms <= :now_ms AND claim_ms <= :now_ms
         ORDER BY made_ms DESC LIMIT :at_most
           FOR UPDATE SKIP LOCKED
    """,
}
"""On PostgreSQL, what another process is just claiming is not waited for."""
