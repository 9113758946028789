"""The mirror in an object store: a server that speaks S3, and requests by obstore."""

import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from structlog.testing import capture_logs

from bridge.store.files.media import MediaMissing, MediaUnavailable, make_incoming
from bridge.store.files.object_store import PIECE, MediaBucket, bucket_at
from tests.media.conftest import Rig
from tests.tools.databases import on_sqlite

VIDEO = bytes(range(256)) * (2 * PIECE // 256) + b"the end"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MediaBucket:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(urllib.request.Request(f"{s3}/videos", method="PUT")).close()
    make_incoming(tmp_path / "media-incoming")
    return bucket_at("s3://videos/pixverse", tmp_path / "media-incoming")


async def read(pieces: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in pieces]


@on_sqlite
async def test_a_video_goes_to_a_bucket_and_comes_back_in_ranges(
    rig: Rig, bucket: MediaBucket, tmp_path: Path
) -> None:
    rig.store = bucket
    rig.limits = type(rig.limits)(10 * PIECE, 10 * PIECE)
    await rig.completed(1, VIDEO)
    await rig.plan()

    await rig.download()

    [row] = await rig.rows()
    whole = await read(await bucket.opened(row.name, row.size, 0, row.size))
    part = await read(await bucket.opened(row.name, row.size, PIECE - 1, PIECE + 1))
    assert (b"".join(whole), [len(piece) for piece in whole]) == (VIDEO, [PIECE, PIECE, 7])
    assert b"".join(part) == VIDEO[PIECE - 1 : PIECE + 1]
    assert list((tmp_path / "media-incoming").iterdir()) == []


@on_sqlite
async def test_a_video_of_a_deleted_job_leaves_the_bucket(rig: Rig, bucket: MediaBucket) -> None:
    rig.store = bucket
    await rig.completed(1)
    await rig.plan()
    await rig.download()
    [row] = await rig.rows()
    await rig.database.write(lambda tx: tx.run("DELETE FROM jobs"))

    await rig.tidy()
    await bucket.delete(row.name)

    with pytest.raises(MediaMissing):
        await bucket.opened(row.name, row.size, 0, row.size)
    assert await rig.rows() == []


async def test_an_object_of_another_size_is_not_the_video(bucket: MediaBucket) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"video"

    name = f"{'0' * 32}.mp4"
    await bucket.keep(await bucket.receive(pieces(), 5), name)

    with pytest.raises(MediaMissing):
        await bucket.opened(name, 6, 0, 5)
    assert await read(await bucket.opened(name, 5, 1, 4)) == [b"ide"]


@on_sqlite
async def test_a_bucket_that_refuses_is_an_outage(
    rig: Rig, s3: str, bucket: MediaBucket, tmp_path: Path
) -> None:
    rig.store = bucket_at("s3://there-is-none/pixverse", tmp_path / "media-incoming")
    await rig.completed(1)
    await rig.plan()

    with capture_logs() as lines:
        await rig.download()

    assert [(line["event"], line["reason"]) for line in lines] == [
        ("media_mirror_is_down", "the bucket is not there")
    ]
    assert await rig.states() == [("pending", 0)]
    assert list((tmp_path / "media-incoming").iterdir()) == []


async def test_what_is_said_of_an_outage_names_no_file(
    bucket: MediaBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    away = bucket_at("s3://videos/pixverse", tmp_path / "media-incoming")
    name = f"{'0' * 32}.mp4"

    with pytest.raises(MediaUnavailable) as found:
        await away.opened(name, 5, 0, 5)

    assert "GenericError" in str(found.value)
    assert not any(part in str(found.value) for part in (name, "127.0.0.1", "pixverse"))
