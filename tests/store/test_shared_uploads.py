"""Pictures on PostgreSQL: what one bridge has accepted, any other can send."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store.database import Database, Tx
from bridge.store.files.uploads import uploads_in
from bridge.store.postgres.uploads import PIECE_BYTES, WRITING_MS, SharedUploads
from tests.tools.databases import opened
from tests.tools.hand_clock import HandClock
from tests.tools.pictures import png

BIG = png(PIECE_BYTES * 2 + 1)


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def pieces(tx: Tx) -> list[int]:
    return [row["piece"] for row in tx.all("SELECT piece FROM uploads ORDER BY piece")]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    async with opened(postgres_url) as database:
        yield database


@pytest.fixture
def one(tmp_path: Path, database: Database, clock: HandClock) -> SharedUploads:
    return a_bridge(tmp_path / "one", database, clock)


@pytest.fixture
def other(tmp_path: Path, database: Database, clock: HandClock) -> SharedUploads:
    return a_bridge(tmp_path / "other", database, clock)


def a_bridge(folder: Path, database: Database, clock: HandClock) -> SharedUploads:
    folder.mkdir()
    return SharedUploads(uploads_in(folder), database, clock)


async def test_a_picture_of_another_bridge_is_fetched(
    one: SharedUploads, other: SharedUploads, database: Database
) -> None:
    upload = await one.keep(once(BIG), len(BIG))

    assert upload is not None
    path = await other.located(upload)
    assert path != await one.located(upload)
    assert path.read_bytes() == BIG
    assert await database.read(pieces) == [0, 1, 2]


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_a_picture_of_which_a_piece_is_missing_is_not_taken_for_a_whole_one(
    one: SharedUploads, other: SharedUploads, database: Database, lost: int
) -> None:
    upload = await one.keep(once(BIG), len(BIG))
    assert upload is not None

    await database.write(lambda tx: tx.run("DELETE FROM uploads WHERE piece = :lost", lost=lost))

    path = await other.located(upload)
    assert not path.exists()
    assert list(path.parent.iterdir()) == []


async def test_two_who_fetch_one_picture_at_once_get_the_whole_of_it(
    one: SharedUploads, other: SharedUploads
) -> None:
    upload = await one.keep(once(BIG), len(BIG))
    assert upload is not None

    paths = await asyncio.gather(*(other.located(upload) for _ in range(4)))

    assert [path.read_bytes() == BIG for path in paths] == [True] * 4


async def test_a_picture_that_was_sent_is_deleted_everywhere(
    one: SharedUploads, database: Database, clock: HandClock
) -> None:
    upload = await one.keep(once(BIG), len(BIG))
    assert upload is not None

    one.delete(upload.key)
    await one.delete_unneeded([], clock.now_ms())

    assert not (await one.located(upload)).exists()
    assert await database.read(pieces) == []


async def test_only_old_pictures_that_no_job_needs_are_swept_by_another_bridge(
    one: SharedUploads, other: SharedUploads, database: Database, clock: HandClock
) -> None:
    needed, left = [await one.keep(once(png()), 1_000) for _ in range(2)]
    assert needed is not None
    assert left is not None

    await other.delete_unneeded([needed.key], clock.now_ms())
    while_young = await database.read(pieces)
    clock.pass_s(WRITING_MS / 1000 + 1)
    await other.delete_unneeded([needed.key], clock.now_ms())

    assert while_young == [0, 0]
    assert await database.read(pieces) == [0]
    assert (await other.located(needed)).read_bytes() == png()
