"""Deletes uploaded pictures that no job needs any more: once a minute, and after a crash at the start."""

from dataclasses import dataclass
from typing import Final

import structlog

from bridge.ports import Clock
from bridge.store.database import Database, StoreUnavailable
from bridge.store.files import uploads as upload_rows
from bridge.store.files.uploads import Uploads

log = structlog.get_logger(__name__)

EVERY_S: Final = 60.0
WRITING_MS: Final = 600_000
"""How long a request may be writing a file that no job refers to yet."""
COARSE_MS: Final = 1_000
"""How much a file's modification time may differ from the clock."""


@dataclass(frozen=True, slots=True)
class UnusedUploads:
    """Deletes the uploads that no job needs and no request is writing."""

    database: Database
    uploads: Uploads
    clock: Clock

    async def run(self) -> None:
        """Sweep until cancelled; files from before the start belong to no request any more."""
        await self._once(COARSE_MS)
        while True:
            await self.clock.sleep(EVERY_S)
            await self._once(WRITING_MS)

    async def _once(self, margin_ms: int) -> None:
        try:
            before_ms = self.clock.now_ms() - margin_ms
            needed = await self.database.read(upload_rows.needed_keys)
            await self.uploads.delete_unneeded(needed, before_ms)
        except StoreUnavailable as error:
            log.warning("uploads_were_not_tidied", reason=str(error))
        except Exception:
            log.exception("uploads_were_not_tidied")
