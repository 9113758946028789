"""Hands out the videos of the mirror by their names, whole or in part."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import structlog

from bridge.media.condition import MirrorOutage
from bridge.ports import Clock, Notifier
from bridge.store.database import Database
from bridge.store.files.media import MediaMissing, MediaStore, MediaUnavailable
from bridge.store.rows import media
from bridge.store.rows.media import NAME, Medium

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MediaFiles:
    """The mirror for those who read from it."""

    database: Database
    notifier: Notifier
    clock: Clock
    store: MediaStore
    outage: MirrorOutage

    async def find(self, name: str) -> Medium | None:
        """Return the video of a name. Nothing but a name as the bridge makes them is looked for."""
        if not NAME.fullmatch(name):
            return None
        return await self.database.query(partial(media.served, name=name))

    async def opened(self, video: Medium, start: int, end: int) -> AsyncIterator[bytes] | None:
        """Return the bytes from `start` up to `end`; None if the file is gone.

        It is downloaded again then. Raises `MediaUnavailable`.
        """
        try:
            return await self.store.opened(video.name, video.size, start, end)
        except MediaMissing:
            log.warning("mirrored_video_is_gone", job_id=video.job)
            now_ms = self.clock.now_ms()
            await self.database.write(partial(media.lose, name=video.name, now_ms=now_ms))
            self.notifier.notify("media")
            return None
        except MediaUnavailable as error:
            self.outage.has_failed(str(error))
            raise
