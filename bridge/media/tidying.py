"""Deletes what a mirror is to keep no longer: what is too old, what makes room, what was of deleted jobs.

First the file, then its row: after a crash in between, a file that is gone is deleted once more.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from bridge.media.condition import MirrorOutage
from bridge.media.limits import MirrorLimits
from bridge.ports import HOUR_MS, Clock, Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.files.media import MediaStore, MediaUnavailable
from bridge.store.rows import media

log = structlog.get_logger(__name__)

EVERY_S: Final = 60.0
AT_ONCE: Final = 50
LEFT_OVER_MS: Final = HOUR_MS
"""The age at which a file without a name is one that a crash has left behind."""


@dataclass(frozen=True, slots=True)
class MediaTidying:
    """Deletes videos, while this process leads."""

    database: Database
    notifier: Notifier
    clock: Clock
    store: MediaStore
    limits: MirrorLimits
    outage: MirrorOutage

    async def run(self) -> None:
        """Run a pass once a minute, and when room is needed, until cancelled."""
        with self.notifier.subscribe("media-leaving") as subscription:
            while True:
                await self._pass()
                await subscription.wait(EVERY_S)

    async def _pass(self) -> None:
        if self.outage.pause_s() > 0:
            return
        try:
            await self.look()
        except MediaUnavailable as error:
            self.outage.has_failed(str(error))
        except StoreUnavailable as error:
            log.warning("media_was_not_tidied", reason=str(error))
        except Exception:
            log.exception("media_was_not_tidied")

    async def look(self) -> None:
        """Delete everything that is to be deleted now."""
        now_ms = self.clock.now_ms()
        await self._drop_old(now_ms)
        total = 0
        to_delete = partial(media.to_delete, now_ms=now_ms, at_most=AT_ONCE)
        while names := await self.database.read(to_delete):
            for name in names:
                await self.store.delete(name)
            await self.database.write(partial(media.delete, names=names))
            self.notifier.notify("media")
            total += len(names)
        if total:
            log.info("mirrored_videos_deleted", count=total)
        await self.store.tidy(now_ms - LEFT_OVER_MS)

    async def _drop_old(self, now_ms: int) -> None:
        oldest_ms = self.limits.oldest_ms(now_ms)
        if oldest_ms is None:
            return
        old = partial(media.older_than, before_ms=oldest_ms, at_most=AT_ONCE)

        def drop(tx: Tx) -> None:
            for name in old(tx):
                media.drop(tx, name)

        while await self.database.read(old):
            await self.database.write(drop)
