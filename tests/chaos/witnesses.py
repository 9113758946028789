"""The three oracles: the simulator's journal, the receiver's log, the bridge's database."""

import asyncio
import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg
from aiohttp import web
from psycopg.rows import dict_row

from tests.tools.databases import Storage

Row: TypeAlias = Mapping[str, Any] | sqlite3.Row


@dataclass(frozen=True)
class KeptJob:
    """A job as the database has it."""

    id: str
    number: int
    state: str
    ended_ms: int | None
    body: Mapping[str, Any]

    @property
    def status(self) -> str:
        """The contract's word for the state."""
        created = {"waiting": "created", "sending": "created", "sent": "created", "given_up": "failed"}
        return created.get(self.state, self.state)

    @property
    def videos(self) -> list[str]:
        """The links to its videos."""
        return [file["url"] for file in (self.body.get("said") or {}).get("attachments", ())]

    @property
    def shown(self) -> str:
        """The prompt that the bot's texts show, which a button takes from its video if it is given none."""
        return str(self.body["echo"]["at_start"].get("prompt", ""))

    @property
    def cause(self) -> str:
        """Why it has no video."""
        return str((self.body.get("failure") or {}).get("cause", ""))


@dataclass(frozen=True)
class Books:
    """What the database says, read while the bridge runs or after its death."""

    storage: Storage

    def jobs(self, behind: int = 0) -> list[KeptJob]:
        """Return all jobs behind a number."""
        rows = self._rows("SELECT * FROM jobs WHERE number > ? ORDER BY number", behind)
        return [_job(row) for row in rows]

    def waiting_with_pictures(self, behind: int) -> frozenset[str]:
        """Return the jobs behind a number whose picture has not been sent."""
        waiting = [job for job in self.jobs(behind) if job.state == "waiting"]
        commands = {job.id: job.body["command"] for job in waiting}
        return frozenset(job_id for job_id, one in commands.items() if one.get("image") or one.get("face"))

    def last_number(self) -> int:
        """Return the number of the newest job."""
        return int(self._rows("SELECT coalesce(max(number), 0) AS n FROM jobs")[0]["n"])

    def last_position(self) -> int:
        """Return where the change log ends."""
        return int(self._rows("SELECT coalesce(max(position), 0) AS n FROM events")[0]["n"])

    def job_of_nonce(self) -> dict[str, str]:
        """Return which job each nonce was made for."""
        return {row["nonce"]: row["job"] for row in self._rows("SELECT nonce, job FROM interactions")}

    def never_named(self) -> frozenset[str]:
        """Return the jobs of whose POST neither an answer nor the interaction's id came."""
        sql = """SELECT job FROM interactions
                  WHERE is_void = 0 AND coalesce(answer, 'unknown') = 'unknown' AND interaction_id IS NULL"""
        return frozenset(row["job"] for row in self._rows(sql))

    def media(self) -> Sequence[Row]:
        """Return the videos of the mirror, also those that are not there yet."""
        return self._rows("SELECT * FROM media")

    def attempts(self) -> int:
        """Return how many times somebody was called back or could not be."""
        return int(self._rows("SELECT count(*) AS n FROM attempts")[0]["n"])

    def due(self, now_ms: int) -> int:
        """Return how many callbacks are due, those whose attempt is under way among them."""
        sql = "SELECT count(*) AS n FROM deliveries WHERE state = 'pending' AND due_ms <= ?"
        return int(self._rows(sql, now_ms)[0]["n"])

    def owed(self) -> int:
        """Return how many callbacks are owed."""
        return int(self._rows("SELECT count(*) AS n FROM deliveries WHERE state = 'pending'")[0]["n"])

    def positions(self, behind: int) -> list[int]:
        """Return every position of the change log behind one, in order."""
        rows = self._rows("SELECT position FROM events WHERE position > ? ORDER BY position", behind)
        return [row["position"] for row in rows]

    def gone(self) -> Sequence[KeptJob]:
        """Return the jobs that were accepted and that this database is not expected to know: none."""
        return ()

    def earlier_ends(self, job: KeptJob) -> int:
        """Return how many other ends of a job may have been told, by bridges whose databases are lost."""
        del job
        return 0

    def indistinct(self, jobs: Sequence[KeptJob]) -> frozenset[str]:
        """Return the jobs whose video nobody can tell from that of another: none, one waits for the other."""
        del jobs
        return frozenset()

    def _rows(self, sql: str, *values: object) -> Sequence[Row]:
        if isinstance(self.storage, str):
            with psycopg.connect(self.storage, row_factory=dict_row, autocommit=True) as shared:
                return shared.execute(sql.replace("?", "%s"), values).fetchall()
        with closing(sqlite3.connect(f"file:{self.storage}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()


@dataclass(frozen=True)
class RestoredBooks(Books):
    """What a database says that was restored, and what those know that were lost after their backups."""

    lost: Sequence[Books]

    def job_of_nonce(self) -> dict[str, str]:
        """Return which job each nonce was made for, by any of the bridges."""
        known: dict[str, str] = {}
        for books in self.lost:
            known |= books.job_of_nonce()
        return known | super().job_of_nonce()

    def gone(self) -> Sequence[KeptJob]:
        """Return the jobs that are younger than the backups."""
        known = {job.id for job in self.jobs()}
        found = {job.id: job for books in self.lost for job in books.jobs() if job.id not in known}
        return list(found.values())

    def indistinct(self, jobs: Sequence[KeptJob]) -> frozenset[str]:
        """Return the jobs whose video is known by its text alone, which is also that of another one."""
        alike = defaultdict(set)
        for job in (*jobs, *self.gone()):
            alike[job.shown].add(job.body["fingerprint"])
        nameless = self.never_named()
        return frozenset(
            job.id
            for job in jobs
            if job.state == "given_up" and len(alike[job.shown]) > 1
            if job.id in nameless or "#plain" in job.shown
        )

    def earlier_ends(self, job: KeptJob) -> int:
        """Return in how many other ways a job had ended before a bridge was lost."""
        ends = {
            one.status for books in self.lost for one in books.jobs() if one.id == job.id and one.ended_ms
        }
        return len(ends - {job.status})


def _job(row: Row) -> KeptJob:
    return KeptJob(row["id"], row["number"], row["state"], row["ended_ms"], json.loads(row["body"]))


@dataclass
class Ledger:
    """A receiver that takes everything unless it is closed, and what it was told: statuses by job."""

    url: str = ""
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    at_ms: dict[str, int] = field(default_factory=dict)
    is_closed: bool = False
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        """Take a callback, or refuse it."""
        if self.is_closed:
            return web.Response(status=503)
        job = await request.json()
        self.at_ms.setdefault(job["jobid"], time.time_ns() // 1_000_000)
        self.told[job["jobid"]].append(job["status"])
        self.ids[job["jobid"]].add(request.headers["webhook-id"])
        async with self._news:
            self._news.notify_all()
        return web.Response()

    def note(self, job_id: str) -> None:
        """Take the end of a job that was answered 429: no callback tells it."""
        self.told[job_id].append("failed")

    def knows(self, ends: Mapping[str, str]) -> bool:
        """Tell whether all these ends were told: statuses by job."""
        return all(status in self.told[job] for job, status in ends.items())

    async def until(self, is_so: Callable[[], bool], limit_s: float) -> None:
        """Return when something is so, or when it is in vain to wait for it."""
        try:
            async with asyncio.timeout(limit_s), self._news:
                await self._news.wait_for(is_so)
        except TimeoutError:
            return


@asynccontextmanager
async def a_ledger() -> AsyncIterator[Ledger]:
    """Listen for callbacks."""
    ledger = Ledger()
    app = web.Application()
    app.router.add_post("/hook", ledger.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ledger.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield ledger
    finally:
        await runner.cleanup()
