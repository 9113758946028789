"""Adds to the files of records where they are in the mirror."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from bridge.flows.keep.links import RecordLinks
from bridge.jobs.job import Job
from bridge.jobs.mirrored import videos_of, with_mirrors
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import media

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MirroredLinks:
    """Links that Discord gave, and those of the mirror beside them; `base` is what their names follow."""

    links: RecordLinks
    database: Database
    base: str

    async def fresh(self, found: Sequence[Job]) -> Sequence[Job]:
        """Return jobs with fresh links and the mirror's, for requests of the API."""
        return await self._mirrored(await self.links.fresh(found), self.database.query)

    async def fresh_to_be_sent(self, found: Sequence[Job]) -> Sequence[Job]:
        """Return jobs like `fresh`, for what the bridge sends."""
        return await self._mirrored(await self.links.fresh_to_be_sent(found), self.database.read)

    async def _mirrored(
        self, found: Sequence[Job], look: Callable[..., Awaitable[media.NamesOfJobs]]
    ) -> Sequence[Job]:
        wanted = [job.id for job in found if videos_of(job)]
        if not wanted:
            return found
        try:
            names = await look(partial(media.names_of, job_ids=wanted))
        except StoreUnavailable as error:
            log.warning("mirror_was_not_looked_up", count=len(wanted), reason=str(error))
            return found
        return [with_mirrors(job, self._addresses(names.get(job.id, {}))) for job in found]

    def _addresses(self, names: media.NamesOfFiles) -> dict[str, str]:
        return {file: f"{self.base}/media/{name}" for file, name in names.items()}
