"""Jobs are made ready to be sent before anything is claimed: it may take minutes, and may be broken off."""

import asyncio
from collections.abc import Callable, Set
from typing import Final

import structlog

from bridge.flows.send.prepare import Obstacle, Prepare
from bridge.jobs.job import Job
from bridge.ports import Notifier
from bridge.sessions.port import Prepared
from bridge.store.database import StoreUnavailable
from bridge.store.files.uploads import of_job

log = structlog.get_logger(__name__)

MOST_UPLOADS: Final = 2
"""How many jobs with pictures of one account are uploaded, or wait uploaded for their POST, at once."""
MOST_BEGUN: Final = 16


class Preparations:
    """What is being prepared on one account, what is ready, and what has met an obstacle.

    Whenever one has come to its end the account is notified with the job's id.
    """

    def __init__(self, account: int, prepare: Prepare, notifier: Notifier) -> None:
        self._account = account
        self._prepare = prepare
        self._notifier = notifier
        self._begun: asyncio.Queue[Job] = asyncio.Queue(MOST_BEGUN)
        self._under_way: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ready: dict[str, tuple[Job, Prepared]] = {}
        self._obstacles: dict[str, Obstacle] = {}

    @property
    def under_way(self) -> Set[str]:
        """The jobs that are being prepared."""
        return frozenset(self._under_way)

    @property
    def ready(self) -> Set[str]:
        """The jobs that lack nothing but their POST."""
        return frozenset(self._ready)

    @property
    def room(self) -> int:
        """How many more jobs with pictures may be begun."""
        busy = [*self._under_way.values(), *(job for job, _ in self._ready.values())]
        return MOST_UPLOADS - sum(bool(of_job(job)) for job in busy)

    async def run(self) -> None:
        """Prepare what is begun, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                job = await self._begun.get()
                if self._under_way.get(job.id) is job:
                    work = self._prepared(job)
                    self._tasks[job.id] = tasks.create_task(work, name=f"prepare-{job.id}")

    def begin(self, job: Job) -> None:
        """Let a job be prepared, unless it is already or more wait for it than can be."""
        if job.id not in self._under_way and not self._begun.full():
            self._under_way[job.id] = job
            self._begun.put_nowait(job)

    def of(self, job_id: str) -> Prepared:
        """Return what is ready to be posted for a job."""
        return self._ready[job_id][1]

    @property
    def newest_ms(self) -> int | None:
        """When the newest of what is ready was begun, by the monotonic clock."""
        return max((prepared.made_ms for _, prepared in self._ready.values()), default=None)

    def take_obstacles(self) -> dict[str, Obstacle]:
        """Return what stood in the way of which jobs since the last call."""
        found, self._obstacles = self._obstacles, {}
        return found

    def drop_stale(self, is_current: Callable[[Prepared], bool]) -> None:
        """Let go of what is ready no more, so that it is prepared anew."""
        self._ready = {key: ready for key, ready in self._ready.items() if is_current(ready[1])}

    def keep_only(self, waiting: Set[str]) -> None:
        """Let go of what waits no more; what is being prepared for it is broken off."""
        self._ready = {key: ready for key, ready in self._ready.items() if key in waiting}
        for job_id in self._under_way.keys() - waiting:
            self._under_way.pop(job_id)
            if task := self._tasks.pop(job_id, None):
                task.cancel()

    async def _prepared(self, job: Job) -> None:
        try:
            outcome = await self._outcome(job)
        finally:
            is_wanted = self._under_way.get(job.id) is job
            if is_wanted:
                del self._under_way[job.id]
                self._tasks.pop(job.id, None)
            self._notifier.notify(f"account:{self._account}", job.id)
        if isinstance(outcome, Prepared) and is_wanted:
            self._ready[job.id] = (job, outcome)
        elif isinstance(outcome, Obstacle) and is_wanted:
            self._obstacles[job.id] = outcome

    async def _outcome(self, job: Job) -> Prepared | Obstacle:
        """Prepare a job; a defect that one job brings to light must not stop the others for ever."""
        try:
            return await self._prepare.prepared(job)
        except StoreUnavailable as error:
            return Obstacle(str(error))
        except Exception as error:
            log.exception("job_was_not_prepared", job_id=job.id)
            return Obstacle(f"It could not be prepared: {type(error).__name__}", is_defect=True)
