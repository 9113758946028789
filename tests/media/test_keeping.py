"""How much the mirror keeps, for how long, and what it does while it cannot keep anything."""

import os
import shutil
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bridge.media.condition import PAUSES_S
from bridge.media.limits import MirrorLimits
from bridge.store.files.media import make_incoming
from bridge.store.rows import media, removals, retention
from tests.media.conftest import Rig
from tests.tools.databases import on_sqlite

DAY_S = 86_400


async def in_the_mirror(rig: Rig, *numbers: int, content: bytes = b"video") -> None:
    for number in numbers:
        await rig.completed(number, content)
        await rig.plan()
        await rig.download()


async def test_the_oldest_videos_make_room_and_the_limit_is_never_exceeded(rig: Rig) -> None:
    rig.limits = MirrorLimits(max_bytes=12, max_file_bytes=10)
    await in_the_mirror(rig, 1, 2)
    await rig.completed(3)
    await rig.plan()

    await rig.download()
    before_room_is_made = sorted(rig.kept().values()), await rig.states()
    await rig.tidy()
    await rig.download()

    assert before_room_is_made == ([b"video"] * 2, [("deleting", 0), ("kept", 0), ("pending", 0)])
    assert [row.job for row in await rig.rows()] == ["job-2", "job-3"]
    assert len(rig.kept()) == 2


@on_sqlite
async def test_an_old_video_makes_no_newer_one_leave(rig: Rig) -> None:
    await rig.completed(1)
    await rig.completed(2)
    rig.limits = MirrorLimits(max_bytes=5, max_file_bytes=5)
    await rig.plan()

    await rig.download()
    await rig.download()

    assert await rig.states() == [("given_up", 0), ("kept", 0)]


@on_sqlite
async def test_videos_are_kept_for_the_days_that_are_set(rig: Rig) -> None:
    rig.limits = replace(rig.limits, keep_days=7)
    await in_the_mirror(rig, 1)
    rig.clock.pass_s(7 * DAY_S - 1)
    await rig.tidy()
    on_the_last_day = len(rig.kept())

    rig.clock.pass_s(2)
    await rig.tidy()
    await rig.plan()

    assert (on_the_last_day, rig.kept(), await rig.rows()) == (1, {}, [])


async def test_a_video_leaves_with_its_job(rig: Rig) -> None:
    await in_the_mirror(rig, 1, 2)
    first, second = await rig.rows()
    await rig.database.write(lambda tx: retention.delete_job(tx, "job-1", rig.clock.now_ms()))
    found = await rig.files().find(first.name)

    await rig.tidy()

    assert found is None
    assert list(rig.kept()) == [second.name]


async def test_a_removed_tenant_leaves_no_video(rig: Rig) -> None:
    await in_the_mirror(rig, 1)
    [row] = await rig.rows()
    while await rig.database.write(partial(removals.delete_some, tenant=row.tenant, at_most=50)):
        pass
    [left] = await rig.rows()

    await rig.tidy()

    assert left.tenant == ""
    assert (rig.kept(), await rig.rows()) == ({}, [])


@on_sqlite
async def test_a_job_that_is_deleted_during_its_download_leaves_no_file(rig: Rig) -> None:
    await rig.completed(1)
    await rig.plan()

    async def deleting(_request: Any, content: bytes) -> Any:
        await rig.database.write(lambda tx: retention.delete_job(tx, "job-1", rig.clock.now_ms()))
        return web.Response(body=content)

    rig.cdn.answers.append(deleting)

    await rig.download()
    await rig.tidy()
    rig.limits = MirrorLimits(max_bytes=5, max_file_bytes=5)
    await in_the_mirror(rig, 2)

    assert [row.job for row in await rig.rows()] == ["job-2"]
    assert len(rig.kept()) == 1


@on_sqlite
async def test_a_mirror_that_is_down_is_one_line_and_no_attempt_of_any_video(rig: Rig) -> None:
    for number in (1, 2, 3):
        await rig.completed(number)
    await rig.plan()
    shutil.rmtree(rig.folder)

    with capture_logs() as lines:
        for pause_s in PAUSES_S:
            await rig.download()
            await rig.download()
            rig.clock.pass_s(pause_s)
        down = rig.outage.condition
        make_incoming(rig.folder / "incoming")
        await rig.download()
        await rig.download()
        await rig.download()

    told = [line["event"] for line in lines if line["event"].startswith("media_mirror")]
    assert told == ["media_mirror_is_down", "media_mirror_works_again"]
    assert (down.reason, rig.outage.condition.reason) == ("No such file or directory", None)
    assert await rig.states() == [("kept", 0)] * 3
    assert len(rig.cdn.asked) == len(PAUSES_S) + 1 + 3


@on_sqlite
async def test_a_full_disk_leaves_no_part_of_a_file(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    await rig.completed(1)
    await rig.plan()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        await rig.download()
    while_it_is_full = await rig.states(), rig.outage.condition.reason
    rig.clock.pass_s(PAUSES_S[0])

    await rig.download()

    assert while_it_is_full == ([("pending", 0)], "No space left on device")
    assert list(rig.kept().values()) == [b"video"]


@on_sqlite
async def test_files_are_not_forgotten_while_the_disk_is_not_mounted(rig: Rig) -> None:
    await in_the_mirror(rig, 1, 2)
    await rig.database.write(lambda tx: retention.delete_job(tx, "job-1", rig.clock.now_ms()))
    unmounted = rig.folder.rename(rig.folder.with_name("unmounted"))
    rig.folder.mkdir()

    with pytest.raises(Exception, match="No such file"):
        await rig.tidy()
    kept = (await rig.rows())[1]
    with pytest.raises(Exception, match="No such file"):
        await rig.files().opened(kept, 0, 5)
    rig.folder.rmdir()
    unmounted.rename(rig.folder)
    await rig.tidy()

    assert list(rig.kept()) == [kept.name]
    assert await rig.states() == [("kept", 0)]


@on_sqlite
@pytest.mark.parametrize("content", [None, b"vide"])
async def test_a_file_that_is_gone_or_cut_is_downloaded_again(rig: Rig, content: bytes | None) -> None:
    await in_the_mirror(rig, 1)
    [row] = await rig.rows()
    (rig.folder / row.name).unlink()
    if content is not None:
        (rig.folder / row.name).write_bytes(content)

    found = await rig.files().opened(row, 0, 5)
    await rig.download()

    assert found is None
    assert rig.kept() == {row.name: b"video"}


@on_sqlite
async def test_what_left_the_mirror_is_not_planned_anew_after_a_restart(rig: Rig) -> None:
    await in_the_mirror(rig, 1)
    [row] = await rig.rows()
    await rig.database.write(lambda tx: media.drop(tx, row.name))
    await rig.tidy()

    await rig.plan()

    assert await rig.rows() == []
