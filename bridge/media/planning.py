"""Finds the videos to be mirrored in the change log: whatever the bridge was doing, each is found once."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from bridge.media.limits import MirrorLimits
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import media

log = structlog.get_logger(__name__)

PAGE: Final = 200
POLL_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class MediaPlanning:
    """Stores which videos are to be downloaded, while this process leads."""

    database: Database
    notifier: Notifier
    clock: Clock
    limits: MirrorLimits

    async def run(self) -> None:
        """Follow the change log from where it was read last, until cancelled."""
        position: int | None = None
        with self.notifier.subscribe("events") as subscription:
            while True:
                try:
                    position = await self.read_on(position)
                except StoreUnavailable as error:
                    log.warning("media_was_not_planned", reason=str(error))
                except Exception:
                    log.exception("media_was_not_planned")
                await subscription.wait(POLL_S)

    async def read_on(self, position: int | None) -> int:
        """Read the change log to its end, and return the position there.

        It is written only with videos: what comes between two of them is read again after a restart.
        """
        if position is None:
            position = await self.database.read(media.position)
        is_all = False
        while not is_all:
            found = await self.database.read(partial(media.news, after=position, at_most=PAGE))
            position, is_all = found.position, found.is_all
            if found.finished:
                await self._plan(found)
        return position

    async def _plan(self, found: media.News) -> None:
        most_bytes = min(self.limits.max_file_bytes, self.limits.max_bytes)
        wanted = self.limits.young(found, self.clock.now_ms())
        if await self.database.write(partial(media.plan, found=wanted, most_bytes=most_bytes)):
            self.notifier.notify("media")
        for one in wanted.finished:
            if any(video.size > most_bytes for video in one.videos):
                log.warning("video_is_too_large_for_the_mirror", job_id=one.job, most_bytes=most_bytes)
