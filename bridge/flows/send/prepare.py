"""What a job needs before its POST, and obstacles to it; nothing is claimed, so all can be cancelled.

A job is prepared from its slash command, or its parent's current button, and its files.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from bridge.backoff import backoff_s
from bridge.chat import ButtonPress, Interaction, Message
from bridge.flows.context import AccountContext
from bridge.flows.send.next_job import RETRY_LIMIT_MS, retry_pause_ms
from bridge.jobs.command import Command, Upload
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.texts import CANNOT_BE_SENT, needs_attention
from bridge.pixverse.offers import press_of
from bridge.pixverse.profile import Profile
from bridge.pixverse.wording import NotConfigured, slash_command
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared
from bridge.store.database import StoreUnavailable
from bridge.store.files.uploads import of_job
from bridge.store.rows import jobs

log = structlog.get_logger(__name__)
MOST_UPLOADS: Final = 2
"""How many jobs with pictures of one account may be uploading or ready at once."""
MOST_BEGUN: Final = 16
MOST_TRIES: Final = 8
"""How often a job is prepared again after an unexpected error."""
LONGEST_TRY_MS: Final = 300_000
"""The longest duration of an attempt, including pictures; longer gaps are not counted as attempts."""
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a job cannot be sent now. With a `failure` a retry will not help, with a defect probably not.

    An outage of Discord's REST API is an obstacle to all jobs that need it.
    """

    reason: str
    failure: Failure | None = None
    is_defect: bool = False
    is_outage: bool = False


@dataclass(frozen=True, slots=True)
class Prepare:
    """Prepares the interactions of jobs for their POST. `path` returns the path of an upload."""

    context: AccountContext
    located: Callable[[Upload], Awaitable[Path]]

    async def prepared(self, job: Job) -> Prepared | Obstacle:
        """Return the prepared interaction of a job, or the obstacle."""
        interaction = await self.interaction(job)
        if isinstance(interaction, Obstacle):
            return interaction
        prepared = await self.context.session.prepare(interaction)
        return not_prepared(prepared) if isinstance(prepared, NotSent) else prepared

    async def interaction(self, job: Job) -> Interaction | Obstacle:
        """Return the interaction of a job, or the obstacle."""
        if job.command.is_press:
            return await self._press(job)
        files = {upload.key: str(await self.located(upload)) for upload in of_job(job)}
        try:
            return slash_command(job.command, self.context.profile, files)
        except NotConfigured as error:
            return _lasting(str(error))

    async def _press(self, job: Job) -> ButtonPress | Obstacle:
        """Find the button in the parent's current message: buttons change, and messages are deleted."""
        parent = await self.context.database.read(lambda tx: jobs.by_id(tx, job.parent or ""))
        if parent is None or parent.said is None:
            return _lasting("The parent job has no message with buttons")
        try:
            message = await self.context.session.message(parent.said.message_id)
        except HistoryUnavailable as error:
            return _unread(job, error)
        return _found(message, job.command, self.context.profile)


def not_prepared(answer: NotSent) -> Obstacle:
    """Return the obstacle for an interaction that Discord did not let the session prepare."""
    if answer.is_lasting:
        return _lasting(answer.reason)
    return Obstacle(answer.reason, is_outage=answer.is_outage)


def _found(message: Message | None, command: Command, profile: Profile) -> ButtonPress | Obstacle:
    if message is None:
        return _lasting("The message of the parent job is gone")
    name, value = command.button or "", command.value
    what = f"the button {name}" if value is None else f"{value} in the menu {name}"
    press = press_of(message, name, value, profile)
    return press or _lasting(f"The message of the parent job no longer offers {what}")


def _unread(job: Job, error: HistoryUnavailable) -> Obstacle:
    if error.status not in (401, 403, 404):
        return Obstacle(str(error), is_outage=error.status is None or error.status >= 500)
    text = needs_attention(job.channel)
    return Obstacle(text, Failure(Cause.ACCOUNT, text, f"The channel {job.channel} cannot be read: {error}"))


def _lasting(reason: str) -> Obstacle:
    return Obstacle(reason, Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, reason))


class Preparations:
    """The jobs of one account that are being prepared, are ready, or have met an obstacle.

    When a preparation ends, the account is notified with the job's id.
    """

    def __init__(self, context: AccountContext, prepare: Prepare) -> None:
        self._context = context
        self._prepare = prepare
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
        """The jobs that are ready for their POST."""
        return frozenset(self._ready)

    @property
    def room(self) -> int:
        """How many more jobs with pictures may be prepared."""
        busy = [*self._under_way.values(), *(job for job, _ in self._ready.values())]
        return MOST_UPLOADS - sum(bool(of_job(job)) for job in busy)

    async def run(self) -> None:
        """Run preparations until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                job = await self._begun.get()
                if self._under_way.get(job.id) is job:
                    work = self._work_on(job)
                    self._tasks[job.id] = tasks.create_task(work, name=f"prepare-{job.id}")

    def begin(self, job: Job) -> None:
        """Start preparing a job, unless it has been started or the queue is full."""
        if job.id not in self._under_way and not self._begun.full():
            self._under_way[job.id] = job
            self._begun.put_nowait(job)

    def of(self, job_id: str) -> Prepared:
        """Return the prepared interaction of a job, if it is ready."""
        return self._ready[job_id][1]

    @property
    def newest_ms(self) -> int | None:
        """When the newest ready preparation started, by the monotonic clock."""
        return max((prepared.made_ms for _, prepared in self._ready.values()), default=None)

    def take_obstacles(self) -> dict[str, Obstacle]:
        """Return the obstacles by job since the last call."""
        found, self._obstacles = self._obstacles, {}
        return found

    def drop_stale(self, is_current: Callable[[Prepared], bool]) -> None:
        """Discard prepared interactions that are no longer current, so that they are prepared again."""
        self._ready = {key: ready for key, ready in self._ready.items() if is_current(ready[1])}

    def keep_only(self, waiting: Set[str]) -> None:
        """Discard jobs that are no longer waiting, and cancel their preparation."""
        self._ready = {key: ready for key, ready in self._ready.items() if key in waiting}
        for job_id in self._under_way.keys() - waiting:
            self._under_way.pop(job_id)
            if task := self._tasks.pop(job_id, None):
                task.cancel()

    async def _work_on(self, job: Job) -> None:
        try:
            with bound_contextvars(job_id=job.id):
                outcome = await self._outcome(job)
        finally:
            is_wanted = self._under_way.get(job.id) is job
            if is_wanted:
                del self._under_way[job.id]
                self._tasks.pop(job.id, None)
            self._context.notifier.notify(f"account:{self._context.account.id}", job.id)
        if isinstance(outcome, Prepared) and is_wanted:
            self._ready[job.id] = (job, outcome)
        elif isinstance(outcome, Obstacle) and is_wanted:
            self._obstacles[job.id] = outcome

    async def _outcome(self, job: Job) -> Prepared | Obstacle:
        """Prepare a job; an unexpected error must not stop the others."""
        try:
            return await self._prepare.prepared(job)
        except StoreUnavailable as error:
            return Obstacle(str(error))
        except Exception as error:
            log.exception("job_was_not_prepared")
            return Obstacle(f"It could not be prepared: {type(error).__name__}", is_defect=True)


@dataclass(frozen=True, slots=True)
class Met:
    """The failed attempts of a job: how many, over how long, when the last, until when it pauses, and why."""

    tries: int
    tried_ms: int
    last_ms: int
    until_ms: int
    reason: str

    def tried_until_ms(self, now_ms: int) -> int:
        """Return how long it has been tried, including an attempt now: only pauses and attempts count."""
        return self.tried_ms + min(now_ms, self.until_ms + LONGEST_TRY_MS) - self.last_ms


class Obstacles:
    """The obstacles by job."""

    def __init__(self) -> None:
        self._met: dict[str, Met] = {}

    @property
    def reasons(self) -> Mapping[str, str]:
        """The last obstacle of each job."""
        return {job_id: met.reason for job_id, met in self._met.items()}

    def left_ms(self, now_ms: int) -> Mapping[str, int]:
        """Return for how long each job that has met an obstacle is still left alone."""
        return {job_id: met.until_ms - now_ms for job_id, met in self._met.items()}

    def met(self, job_id: str, obstacle: Obstacle, now_ms: int) -> Failure | None:
        """Note an obstacle; return why the job ends if it is one that lasts, None if it may pass."""
        before = self._met.get(job_id)
        tries, tried_ms = (before.tries + 1, before.tried_until_ms(now_ms)) if before else (1, 0)
        log.warning("job_was_not_sent", job_id=job_id, reason=obstacle.reason, tries=tries)
        is_over = tries >= MOST_TRIES if obstacle.is_defect else tried_ms > RETRY_LIMIT_MS
        if obstacle.failure is None and not is_over:
            self._met[job_id] = Met(tries, tried_ms, now_ms, now_ms + retry_pause_ms(tries), obstacle.reason)
            return None
        self._met.pop(job_id, None)
        return obstacle.failure or Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, obstacle.reason)

    def keep_only(self, waiting: Set[str]) -> None:
        """Discard the jobs that are no longer waiting."""
        self._met = {job_id: met for job_id, met in self._met.items() if job_id in waiting}


class Outage:
    """How often preparing has failed in a row for want of an answer; times are the monotonic clock's."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._failures = 0
        self._failed_ms = 0
        self._until_ms = 0

    @property
    def lasts(self) -> bool:
        """Return whether the last attempt failed; then jobs are tried one at a time."""
        return self._failures > 0

    def left_ms(self, now_ms: int) -> int:
        """Return for how long nothing more is to be asked."""
        return max(0, self._until_ms - now_ms) if self._failures else 0

    def has_failed(self, now_ms: int) -> None:
        """Note a failure; several that were under way together count once."""
        if now_ms < self._until_ms and self._failures:
            return
        self._failures += 1
        self._failed_ms = now_ms
        pause_s = backoff_s(self._failures, FIRST_PAUSE_S, LONGEST_PAUSE_S, self._chance)
        self._until_ms = now_ms + round(pause_s * 1000)

    def has_worked(self, begun_ms: int) -> None:
        """Note that something was prepared: it ends the outage if it was begun after the last failure."""
        if begun_ms >= self._failed_ms:
            self.end()

    def end(self) -> None:
        """Forget the outage: there is a new session, or it is over."""
        self._failures = 0
