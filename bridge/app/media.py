"""The media mirror, as the settings say: a directory, a bucket, or none."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import structlog

from bridge.app.foundation import Foundation
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.flows.keep.links import RecordLinks
from bridge.jobs.links import cdn_at
from bridge.media.addresses import MirroredLinks
from bridge.media.condition import MirrorCondition, MirrorOutage
from bridge.media.download import MediaClient, media_client
from bridge.media.limits import MirrorLimits
from bridge.media.mirror import Mirror
from bridge.media.planning import MediaPlanning
from bridge.media.serving import MediaFiles
from bridge.media.tidying import MediaTidying
from bridge.store.files.media import MediaDirectory, MediaStore, make_incoming
from bridge.store.leader import Work

log = structlog.get_logger(__name__)

NO_OBSTORE: Final = (
    "media.mirror: a bucket needs obstore, which is not installed here. Install it beside the bridge: "
    ".venv/bin/python -m pip install 'obstore>=0.12,<0.13'"
)
NO_SOCKS: Final = "videos are not downloaded through a SOCKS proxy (discord.proxy), only through one of HTTP"


@dataclass(frozen=True, slots=True)
class Mirroring:
    """The links of records, what runs, what only one process does, the files; without a mirror the links."""

    links: RecordLinks
    files: MediaFiles | None = None
    works: Sequence[Work] = field(default=())
    led: Sequence[Work] = field(default=())
    condition: Callable[[], MirrorCondition] | None = None


@asynccontextmanager
async def mirroring(
    settings: Settings, foundation: Foundation, links: RecordLinks
) -> AsyncIterator[Mirroring]:
    """Yield the mirror of the settings; raises `ConfigurationError`."""
    place = settings.media.mirror
    if place is None:
        yield Mirroring(links)
        return
    proxy, store = settings.discord.proxy, _store(place, settings.data_dir)
    is_socks = proxy is not None and proxy.startswith("socks")
    async with media_client(cdn_at(settings.discord.cdn_url), None if is_socks else proxy) as client:
        found = _mirroring(settings, foundation, links, store, client)
        yield _without_downloads(found, foundation.clock.now_ms()) if is_socks else found


def _without_downloads(found: Mirroring, now_ms: int) -> Mirroring:
    """Return a mirror that keeps and serves what it has; what is due is downloaded after another start."""
    log.warning("videos_are_not_mirrored", reason=NO_SOCKS)
    condition = MirrorCondition(now_ms, NO_SOCKS)
    return replace(found, works=(), condition=lambda: condition)


def _mirroring(
    settings: Settings, foundation: Foundation, links: RecordLinks, store: MediaStore, client: MediaClient
) -> Mirroring:
    database, notifier, clock = foundation.database, foundation.notifier, foundation.clock
    chosen = settings.media
    limits = MirrorLimits(chosen.max_bytes, chosen.max_file_bytes, chosen.keep_days)
    outage = MirrorOutage(clock)
    base = settings.server.base_path if chosen.public_url is None else chosen.public_url
    mirror = Mirror(database, notifier, clock, store, client, links.fresh_to_be_sent, limits, outage)
    return Mirroring(
        links=MirroredLinks(links, database, base),
        files=MediaFiles(database, notifier, clock, store, outage),
        works=(mirror.run,),
        led=(
            MediaPlanning(database, notifier, clock, limits).run,
            MediaTidying(database, notifier, clock, store, limits, outage).run,
        ),
        condition=lambda: outage.condition,
    )


def _store(place: str, data_dir: Path) -> MediaStore:
    """Return where the files are; a directory that cannot be created yet is an outage, not an error."""
    if "://" not in place:
        _create(Path(place) / "incoming")
        return MediaDirectory(Path(place))
    incoming = data_dir / "media-incoming"
    _create(incoming)
    try:
        from bridge.store.files.object_store import bucket_at
    except ModuleNotFoundError as error:
        raise ConfigurationError(NO_OBSTORE) from error
    try:
        return bucket_at(place, incoming)
    except ValueError as error:
        raise ConfigurationError(f"media.mirror: {error}") from error


def _create(directory: Path) -> None:
    try:
        make_incoming(directory)
    except OSError as error:
        log.warning("media_directory_was_not_created", path=str(directory), reason=error.strerror)
