"""Videos that cannot be loaded: the copy is asked for first, then Discord, and what is nowhere is gone."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="session")
COPY = f"/media/{'0' * 32}.mp4"
"""The bridge of these tests has no mirror, so this is 404."""
OWN_LOOKS = 2
"""How often a page may ask for its job again of its own accord: when its stream begins, and at the end."""


async def a_video_with_a_copy(visit: Visit, api: Api) -> tuple[str, "asyncio.Queue[str]"]:
    """Return a finished job whose records have the address of a copy, and a queue of the requests for it."""
    made = (await api.create("a green hill [videos:1]")).body["jobid"]
    await api.ended(made)
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def answer(route: Route) -> None:
        record = await (await route.fetch()).json()
        asked.put_nowait(route.request.url)
        for file in record["attachments"]:
            file["mirror_url"] = COPY
        await route.fulfill(json=record)

    await visit.page.route(f"**/v1/pixverse/jobs/?jobid={made}", answer)
    return made, asked


async def test_a_copy_that_is_missing_is_taken_from_discord(visit: Visit, api: Api) -> None:
    job, _ = await a_video_with_a_copy(visit, api)
    visit.allowed.append("404")

    async with visit.page.expect_request(f"**{COPY}"):
        await visit.open(f"/jobs/{job}", token=TOKEN)

    video = visit.page.locator("video").first
    await expect(video).to_have_attribute("src", re.compile("/attachments/"))
    await visit.until("() => document.querySelector('video').readyState > 0")


async def test_a_video_that_is_nowhere_is_said_to_be_gone_after_its_job_was_asked_for_once(
    visit: Visit, api: Api
) -> None:
    job, asked = await a_video_with_a_copy(visit, api)
    visit.allowed.append("404")
    await visit.page.route("**/attachments/**", lambda route: route.fulfill(status=404))

    await visit.open(f"/jobs/{job}", token=TOKEN)

    await expect(visit.page.get_by_text("This video is gone").first).to_be_visible()
    async with asyncio.timeout(30):
        await asked.get()
        await asked.get()
    assert asked.qsize() <= OWN_LOOKS
