"""Files of a job: their names, links that have expired, downloads that break."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bridge.client import Client, DownloadFailed
from bridge.client.downloads import name_of
from bridge.client.records import Job, job_of
from tests.client.scripted import DONE, Reply, Scripted, answer, scripted

JOB_PATH = "/v1/pixverse/jobs/"
WHOLE = Reply(200, b"a video")


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def job_with(url: str, **more: Any) -> Job:
    file = {"id": "1", "filename": "video.mp4", "url": url, "size": 7, **more}
    return job_of({**DONE, "attachments": [file]})


async def test_no_token_goes_to_where_the_video_lies(server: Scripted, tmp_path: Path) -> None:
    server.will_answer("/a.mp4", WHOLE)

    async with Client("http://127.0.0.1:9", "token") as client:
        [path] = await client.download(job_with(f"{server.url}/a.mp4"), tmp_path)

    assert path.read_bytes() == b"a video"
    assert "Authorization" not in server.asked[0].headers


async def test_the_copy_of_the_bridge_is_preferred_since_it_does_not_expire(
    server: Scripted, tmp_path: Path
) -> None:
    server.will_answer("/mirror.mp4", WHOLE)
    job = job_with(f"{server.url}/a.mp4", mirror_url=f"{server.url}/mirror.mp4")

    async with Client(server.url, "token") as client:
        await client.download(job, tmp_path)

    assert [asked.path for asked in server.asked] == ["/mirror.mp4"]


async def test_a_copy_whose_path_alone_is_given_is_asked_of_the_bridge(
    server: Scripted, tmp_path: Path
) -> None:
    server.will_answer("/media/copy.mp4", WHOLE)
    told = job_with("http://127.0.0.1:9/a.mp4", mirror_url="/media/copy.mp4")
    server.will_answer(JOB_PATH, answer(told.raw))

    async with Client(server.url, "token") as client:
        asked = await client.job(told.id)
        [path] = await client.download(told, tmp_path)

    assert asked.attachments[0].mirror_url == f"{server.url}/media/copy.mp4"
    assert path.read_bytes() == b"a video"


async def test_a_link_that_has_expired_is_asked_for_again(server: Scripted, tmp_path: Path) -> None:
    server.will_answer("/old.mp4", Reply(404))
    server.will_answer("/new.mp4", WHOLE)
    server.will_answer(JOB_PATH, answer(job_with(f"{server.url}/new.mp4").raw))

    async with Client(server.url, "token") as client:
        [path] = await client.download(job_with(f"{server.url}/old.mp4"), tmp_path)

    assert path.read_bytes() == b"a video"


async def test_a_download_that_breaks_is_begun_again_and_leaves_no_part(
    server: Scripted, tmp_path: Path
) -> None:
    server.will_answer("/a.mp4", Reply(200, b"a vi", is_cut=True), WHOLE)

    async with Client(server.url, "token") as client:
        [path] = await client.download(job_with(f"{server.url}/a.mp4"), tmp_path)

    assert path.read_bytes() == b"a video"
    assert names_in(tmp_path) == [path.name]


async def test_two_who_save_the_same_video_at_once_do_not_spoil_each_others(
    server: Scripted, tmp_path: Path
) -> None:
    server.will_answer("/a.mp4", Reply(200, b"a video" * 100_000))
    job = job_with(f"{server.url}/a.mp4", size=700_000)

    async with Client(server.url, "token") as client:
        saved = await asyncio.gather(*(client.download(job, tmp_path) for _ in range(4)))

    assert len(server.asked) == 4
    assert names_in(tmp_path) == [saved[0][0].name]
    assert saved[0][0].read_bytes() == b"a video" * 100_000


async def test_a_video_that_is_gone_is_told_and_leaves_nothing(server: Scripted, tmp_path: Path) -> None:
    server.will_answer("/a.mp4", Reply(404))
    job = job_with(f"{server.url}/a.mp4")
    server.will_answer(JOB_PATH, answer(job.raw))

    async with Client(server.url, "token") as client:
        with pytest.raises(DownloadFailed) as failed:
            await client.download(job, tmp_path)

    assert failed.value.status == 404
    assert names_in(tmp_path) == []


async def test_a_video_that_ends_early_without_saying_so_is_not_taken(
    server: Scripted, tmp_path: Path
) -> None:
    server.will_answer("/a.mp4", Reply(200, b"a vi"), WHOLE)

    async with Client(server.url, "token") as client:
        [path] = await client.download(job_with(f"{server.url}/a.mp4"), tmp_path)

    assert path.read_bytes() == b"a video"


@pytest.mark.parametrize(
    ("prompt", "filename", "name"),
    [
        ("A cat, on a skateboard!", "video.mp4", "a-cat-on-a-skateboard-89abcdef-1.mp4"),
        ("../../etc/passwd", "x/../../y.sh.MOV", "etc-passwd-89abcdef-1.mov"),
        ("🐈", "video", "create-89abcdef-1.mp4"),
        ("一只猫 на доске", "a.b c", "一只猫-на-доске-89abcdef-1.mp4"),
        ("word " * 100, "video.mp4", "word-word-word-word-word-word-word-word-89abcdef-1.mp4"),
        ("nul\0 and\nlines", "video.webm", "nul-and-lines-89abcdef-1.webm"),
    ],
)
def test_a_name_says_what_it_is_and_stays_in_its_directory(prompt: str, filename: str, name: str) -> None:
    job = job_of({**job_with("http://127.0.0.1/", filename=filename).raw, "prompt": prompt})

    assert name_of(job, 0) == name
