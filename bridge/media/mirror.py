"""Downloads the videos that are to be mirrored: a few at a time, each by one of the processes.

Nothing waits for a download. What fails is tried again: the file after growing pauses, the mirror as soon as
it works, and a link that has expired when it can be renewed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from bridge.grace import LEASES_S
from bridge.jobs.job import Job
from bridge.jobs.links import dies_ms
from bridge.media.condition import MirrorOutage
from bridge.media.download import FILE_S, DownloadFailed, MediaClient, fetched
from bridge.media.limits import MirrorLimits
from bridge.ports import HOUR_MS, Clock, Notifier
from bridge.store.database import Database, StoreUnavailable
from bridge.store.files.media import KEEP_S, MediaStore, MediaUnavailable
from bridge.store.rows import jobs, media
from bridge.store.rows.media import Medium

log = structlog.get_logger(__name__)

AT_ONCE: Final = 2
POLL_S: Final = 30.0
CLAIM_MS: Final = round((FILE_S + 2 * KEEP_S) * 1000) + 60_000
"""How long a claim is valid: longer than a download can take. After a crash it can be claimed again then."""
PAUSES_S: Final = (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
"""The pauses after the first failure, the second, …; after the one that has none, a video is given up."""
LINK_MS: Final = HOUR_MS
"""When a link that could not be renewed is looked at again."""

Renew = Callable[[Sequence[Job]], Awaitable[Sequence[Job]]]


class Mirror:
    """Downloads until cancelled. `renew` returns jobs with links that work, where it can."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        store: MediaStore,
        client: MediaClient,
        renew: Renew,
        limits: MirrorLimits,
        outage: MirrorOutage,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._store = store
        self._client = client
        self._renew = renew
        self._limits = limits
        self._outage = outage
        self._downloads: dict[asyncio.Task[None], Medium] = {}
        self._has_begun = False

    async def run(self) -> None:
        """Claim and download until cancelled; what is cut by that can be downloaded by others at once."""
        async with asyncio.TaskGroup() as tasks:
            try:
                await self._follow(tasks)
            except asyncio.CancelledError:
                await self._cut()
                raise

    async def _follow(self, tasks: asyncio.TaskGroup) -> None:
        with self._notifier.subscribe("media", "downloads") as subscription:
            while True:
                await self._pass(tasks)
                await subscription.wait(min(POLL_S, self._outage.pause_s() or POLL_S))

    async def _cut(self) -> None:
        """End the downloads in progress, and release their claims."""
        cut = dict(self._downloads)
        for task in cut:
            task.cancel()
        if not cut:
            return
        await asyncio.wait(cut)
        with suppress(StoreUnavailable, TimeoutError):  # a claim expires anyway, only later
            async with asyncio.timeout(LEASES_S):
                await self._database.write(partial(media.release_these, claimed=list(cut.values())))

    async def _pass(self, tasks: asyncio.TaskGroup) -> None:
        try:
            if not self._has_begun:
                await self._database.write(media.release_all)
                self._has_begun = True
            await self.begin_due(tasks)
        except StoreUnavailable as error:
            log.warning("media_was_not_read", reason=str(error))
        except Exception:
            log.exception("media_was_not_read")

    async def begin_due(self, tasks: asyncio.TaskGroup) -> None:
        """Begin as many downloads as there is room for now."""
        room = self._room()
        now_ms = self._clock.now_ms()
        if room <= 0 or not await self._database.read(partial(media.is_claimable, now_ms=now_ms)):
            return
        found = await self._database.write(
            partial(
                media.claim,
                now_ms=now_ms,
                until_ms=now_ms + CLAIM_MS,
                at_most=room,
                max_bytes=self._limits.max_bytes,
            )
        )
        for job in found.without_room:
            log.info("no_room_for_an_old_video", job_id=job)
        for one in found.claimed:
            task = tasks.create_task(self._run(one), name=f"media-{one.job}")
            self._downloads[task] = one
            task.add_done_callback(self._has_ended)
        if found.is_room_made:
            self._notifier.notify("media-leaving")

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        self._downloads.pop(task)
        self._notifier.notify("downloads")

    def _room(self) -> int:
        """Return how many downloads may begin: none in an outage, one to see whether it is over."""
        if self._outage.pause_s() > 0:
            return 0
        at_once = AT_ONCE if self._outage.condition.reason is None else 1
        return at_once - len(self._downloads)

    async def _run(self, one: Medium) -> None:
        """Download a video, and store what became of it."""
        try:
            await self._download(one)
        except MediaUnavailable as error:
            self._outage.has_failed(str(error))
            await self._settle(one, partial(media.release, claimed=one))
        except DownloadFailed as error:
            await self._count(one, str(error))
        except StoreUnavailable as error:
            log.warning("media_was_not_settled", job_id=one.job, reason=str(error))
        except Exception:
            log.exception("media_download_failed", job_id=one.job)
            await self._count(one, "internal error, see the log")

    async def _download(self, one: Medium) -> None:
        url = await self._address(one)
        if url is None:
            due_ms = self._clock.now_ms() + LINK_MS
            await self._settle(one, partial(media.postpone, claimed=one, due_ms=due_ms, tries=one.tries))
            return
        received = await fetched(self._client, self._store, url, one.size)
        try:
            await self._store.keep(received, one.name)
        except MediaUnavailable:
            await self._store.discard(received)
            raise
        self._outage.has_worked()
        if await self._database.write(partial(media.keep, claimed=one, sha256=received.sha256)):
            log.info("video_mirrored", job_id=one.job, size=one.size)

    async def _address(self, one: Medium) -> str | None:
        """Return the link to a video, None if it has expired and nobody can renew it now."""
        found = await self._database.read(partial(jobs.readable, job_ids=[one.job]))
        for job in await self._renew(found):
            for file in job.said.attachments if job.said else ():
                if file.id == one.file:
                    dies = dies_ms(file.url)
                    return file.url if dies is None or dies > self._clock.now_ms() else None
        raise DownloadFailed("its job has no such file any more")

    async def _count(self, one: Medium, reason: str) -> None:
        """Count a failure: the video is tried again after a pause, or given up."""
        tries = one.tries + 1
        if tries > len(PAUSES_S):
            log.warning("video_was_not_mirrored", job_id=one.job, tries=tries, reason=reason)
            await self._settle(one, partial(media.give_up, claimed=one))
            return
        log.info("media_download_failed", job_id=one.job, tries=tries, reason=reason)
        due_ms = self._clock.now_ms() + round(PAUSES_S[tries - 1] * 1000)
        await self._settle(one, partial(media.postpone, claimed=one, due_ms=due_ms, tries=tries))

    async def _settle(self, one: Medium, body: Callable[..., object]) -> None:
        try:
            await self._database.write(body)
        except StoreUnavailable as error:
            log.warning("media_was_not_settled", job_id=one.job, reason=str(error))
