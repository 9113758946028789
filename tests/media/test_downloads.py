"""Each finished video is downloaded once, whole or not at all; what fails is tried again."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bridge.jobs.job import Job
from bridge.jobs.links import with_links
from bridge.media import download
from bridge.media.mirror import AT_ONCE, LINK_MS, PAUSES_S
from bridge.store.rows import jobs, media
from tests.media.conftest import LARGE, Answer, Rig
from tests.tools.databases import on_sqlite


async def cut(request: web.Request, content: bytes) -> web.StreamResponse:
    """Promise the whole file, and send half of it."""
    answer = web.StreamResponse(headers={"Content-Length": str(len(content))})
    await answer.prepare(request)
    await answer.write(content[: len(content) // 2])
    assert request.transport is not None
    request.transport.abort()
    return answer


async def short_without_a_length(request: web.Request, content: bytes) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(content[:-1])
    return answer


async def long_without_a_length(request: web.Request, content: bytes) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(content + b"!")
    return answer


async def of_another_length(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(body=content + b"!")


async def gone(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(status=404)


async def elsewhere(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "/secret"})


async def a_part(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(status=206, body=content)


async def test_a_video_is_downloaded_once_with_its_checksum(rig: Rig) -> None:
    await rig.completed(1, b"a video")

    for _ in range(2):
        await rig.plan()
        await rig.download()

    [row] = await rig.rows()
    assert rig.kept() == {row.name: b"a video"}
    assert (row.state, row.sha256) == ("kept", hashlib.sha256(b"a video").hexdigest())
    assert len(rig.cdn.asked) == 1


@on_sqlite
@pytest.mark.parametrize(
    "fault",
    [cut, short_without_a_length, long_without_a_length, of_another_length, gone, elsewhere, a_part],
)
async def test_what_is_not_the_whole_video_is_not_kept_and_tried_again(rig: Rig, fault: Answer) -> None:
    await rig.completed(1, b"a video")
    rig.cdn.answers.append(fault)
    await rig.plan()
    await rig.download()
    after_the_fault = await rig.states(), rig.kept()

    await rig.download()
    too_early = len(rig.cdn.asked)
    rig.clock.pass_s(PAUSES_S[0])
    await rig.download()

    assert after_the_fault == ([("pending", 1)], {})
    assert too_early == 1
    assert rig.cdn.asked == ["/attachments/1/1/cat.mp4"] * 2
    assert list(rig.kept().values()) == [b"a video"]


@on_sqlite
async def test_a_video_that_is_sent_too_slowly_holds_nothing_for_ever(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over = asyncio.Event()

    async def never_ending(request: web.Request, content: bytes) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await answer.prepare(request)
        await answer.write(content[:1])
        await is_over.wait()
        return answer

    monkeypatch.setattr(download, "FILE_S", 0.1)
    await rig.completed(1)
    rig.cdn.answers.append(never_ending)
    await rig.plan()

    await rig.download()
    is_over.set()

    assert (await rig.states(), rig.kept()) == ([("pending", 1)], {})


@on_sqlite
async def test_a_video_that_never_comes_is_given_up_after_two_days(rig: Rig) -> None:
    await rig.completed(1)
    rig.cdn.files.clear()
    await rig.plan()

    for pause_s in (*PAUSES_S, 0):
        await rig.download()
        rig.clock.pass_s(pause_s)

    assert await rig.states() == [("given_up", len(PAUSES_S))]
    assert len(rig.cdn.asked) == len(PAUSES_S) + 1


@on_sqlite
@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/attachments/1/1/cat.mp4",
        "{cdn}.evil.example/attachments/1/1/cat.mp4",
        "{cdn}@evil.example/attachments/1/1/cat.mp4",
        "{cdn}/latest/meta-data",
        "file:///etc/passwd",
    ],
)
async def test_nothing_but_files_of_the_cdn_is_asked_for(rig: Rig, address: str) -> None:
    await rig.completed(1, url=address.format(cdn=rig.cdn.url))
    await rig.plan()

    await rig.download()

    assert await rig.states() == [("pending", 1)]
    assert rig.cdn.asked == []


async def test_an_expired_link_is_renewed_first(rig: Rig) -> None:
    dead, alive = "?ex=1&is=0&hm=0", f"?ex={rig.clock.now_ms():x}&is=0&hm=0"

    def renewed(job: Job) -> Job:
        return with_links(job, lambda url: url.replace(dead, alive))

    await rig.completed(1, query=dead)
    await rig.plan()
    await rig.download()
    while_nobody_renews = await rig.states(), list(rig.cdn.asked)

    rig.renew = renewed
    rig.clock.pass_s(LINK_MS / 1000)
    await rig.download()

    assert while_nobody_renews == ([("pending", 0)], [])
    assert await rig.states() == [("kept", 0)]


async def test_two_bridges_do_not_download_one_video(rig: Rig) -> None:
    for number in range(1, 4):
        await rig.completed(number)
    await rig.plan()
    now_ms = rig.clock.now_ms()

    found = [
        await rig.database.write(lambda tx: media.claim(tx, now_ms, now_ms + 1, AT_ONCE, LARGE))
        for _ in range(3)
    ]

    claimed = [[one.job for one in each.claimed] for each in found]
    assert claimed == [["job-3", "job-2"], ["job-1"], []]


@on_sqlite
async def test_a_crash_between_the_file_and_its_row_costs_a_download_and_nothing_else(rig: Rig) -> None:
    await rig.completed(1)
    await rig.plan()
    now_ms = rig.clock.now_ms()
    found = await rig.database.write(lambda tx: media.claim(tx, now_ms, now_ms + 9_000, 1, LARGE))
    (rig.folder / found.claimed[0].name).write_bytes(b"video")

    await rig.download()
    while_it_is_claimed = await rig.states()
    await rig.database.write(media.release_all)
    await rig.download()

    assert while_it_is_claimed == [("pending", 0)]
    assert await rig.states() == [("kept", 0)]
    assert list(rig.kept().values()) == [b"video"]


@on_sqlite
async def test_what_a_crash_left_half_written_is_deleted_after_an_hour(rig: Rig) -> None:
    (rig.folder / "incoming" / "half").write_bytes(b"vid")
    await rig.tidy()
    at_once = rig.kept()
    rig.clock.set_s(10 * 366 * 86_400)

    await rig.tidy()

    assert at_once == {"half": b"vid"}
    assert rig.kept() == {}


@on_sqlite
async def test_a_job_that_another_change_reached_meanwhile_keeps_its_videos(rig: Rig) -> None:
    job = await rig.completed(1)
    await rig.plan()
    await rig.database.write(lambda tx: jobs.save(tx, replace(job, is_late=True)))

    await rig.download()

    assert await rig.states() == [("kept", 0)]


@on_sqlite
@pytest.mark.parametrize(
    "more", [{"size": LARGE + 1}, {"size": 0}, {"content_type": "image/png"}, {"content_type": "text/html"}]
)
async def test_what_is_too_large_or_no_video_is_not_mirrored(rig: Rig, more: dict[str, Any]) -> None:
    await rig.completed(1, **more)

    await rig.plan()

    assert await rig.rows() == []


async def test_a_stop_lets_others_have_the_video_that_it_cuts(rig: Rig) -> None:
    is_over = asyncio.Event()
    is_asked = asyncio.Event()

    async def never_ending(request: web.Request, content: bytes) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await answer.prepare(request)
        await answer.write(content[:1])
        is_asked.set()
        await is_over.wait()
        return answer

    await rig.completed(1)
    rig.cdn.answers.append(never_ending)
    await rig.plan()

    running = asyncio.create_task(rig.mirror().run())
    await is_asked.wait()
    running.cancel()
    await asyncio.wait({running})
    is_over.set()
    await rig.download()

    assert list(rig.kept().values()) == [b"video"]
    assert await rig.states() == [("kept", 0)]


@on_sqlite
async def test_a_video_that_never_ends_is_cut_at_its_size(rig: Rig) -> None:
    sent: list[int] = []

    async def endless(request: web.Request, content: bytes) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * LARGE)
            sent.append(LARGE)

    await rig.completed(1, b"x" * LARGE)
    rig.cdn.answers.append(endless)
    await rig.plan()

    await rig.download()

    assert (await rig.states(), rig.kept()) == ([("pending", 1)], {})
    assert sum(sent) < 20 * LARGE
