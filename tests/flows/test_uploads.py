"""Uploaded bytes are on the disk with their name, and none is tidied away that a request has just written."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from bridge.flows.keep.uploads import UnusedUploads
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.files.uploads import LocalUploads, uploads_in
from tests.flows.conftest import Rig
from tests.tools.hand_clock import HandClock
from tests.tools.pictures import png as picture

Value = TypeVar("Value")


@dataclass
class Overlapped:
    """A database that is read while a request writes a file, a moment later."""

    real: Database
    uploads: LocalUploads
    clock: HandClock

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        found = await self.real.read(body)
        self.clock.pass_s(2)
        leave(self.uploads, "just written", self.clock.now_ms())
        self.clock.pass_s(2)
        return found

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.write(body)


def leave(uploads: LocalUploads, key: str, at_ms: int) -> None:
    uploads.path(key).write_bytes(b"bytes")
    os.utime(uploads.path(key), (at_ms / 1000, at_ms / 1000))


async def test_the_first_tidying_spares_what_is_written_while_it_looks(rig: Rig, tmp_path: Path) -> None:
    uploads = uploads_in(tmp_path)
    leave(uploads, "of a crash", rig.clock.now_ms() - 5_000)
    unused_uploads = UnusedUploads(Overlapped(rig.database, uploads, rig.clock), uploads, rig.clock)

    running = asyncio.create_task(unused_uploads.run())
    await rig.clock.sleeper_s()
    running.cancel()

    assert [path.name for path in uploads.directory.iterdir()] == ["just written"]


async def test_a_database_that_is_away_costs_one_line_without_a_trace(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = uploads_in(tmp_path)
    leave(uploads, "kept", rig.clock.now_ms() - 5_000)

    async def away(_body: object) -> None:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(Overlapped, "read", staticmethod(away))
    tidying = UnusedUploads(Overlapped(rig.database, uploads, rig.clock), uploads, rig.clock)
    with capture_logs() as logs:
        running = asyncio.create_task(tidying.run())
        await rig.clock.sleeper_s()
        running.cancel()

    assert logs == [
        {"event": "uploads_were_not_tidied", "log_level": "warning", "reason": "the database is away"}
    ]
    assert [path.name for path in uploads.directory.iterdir()] == ["kept"]


async def test_the_name_of_a_kept_file_is_synced_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads, synced = uploads_in(tmp_path), list[str]()
    sync = os.fsync

    def watched(opened: int) -> None:
        is_directory = stat.S_ISDIR(os.fstat(opened).st_mode)
        names = [path.name for path in uploads.directory.iterdir()]
        synced.append(f"directory with {len(names)}" if is_directory else "file")
        sync(opened)

    monkeypatch.setattr(os, "fsync", watched)
    await uploads.keep(once(picture()), 1_000)

    assert synced == ["file", "directory with 1"]


async def once(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk
