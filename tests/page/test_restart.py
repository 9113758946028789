"""The bridge is restarted under the page, in the middle of a job."""

import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bridge.sandbox import Sandbox
from tests.page.visit import a_visit
from tests.tools.access import TOKEN
from tests.tools.world import Api, Discord, bridge_on

pytestmark = pytest.mark.asyncio(loop_scope="session")
AWAY = [
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_EMPTY_RESPONSE",
    "ERR_CONNECTION_RESET",
]


async def test_a_restart_in_the_middle_of_a_job_is_said_and_its_videos_come_all_the_same(
    browser: Browser, sandbox: Sandbox, discord: Discord, tmp_path: Path
) -> None:
    accounts = [discord.spares[-1]]
    async with AsyncExitStack() as visiting:
        async with bridge_on(sandbox, tmp_path, accounts=accounts) as bridge:
            url, port = bridge.url, int(bridge.url.rpartition(":")[2])
            visit = await visiting.enter_async_context(a_visit(browser, url))
            visit.allowed += AWAY
            await visit.open(token=TOKEN)
            await expect(visit.page.get_by_text("Live", exact=True)).to_be_visible()
            await Api(url, discord.http).create("a cat that sees a restart #slow=1")
            mine = visit.page.get_by_role("article").filter(has_text="sees a restart")
            await expect(mine).to_be_visible()

        cut = re.compile("The connection was cut|may be old")
        await expect(visit.page.get_by_text(cut).first).to_be_visible()
        await visit.go("/health")
        await expect(visit.page.get_by_role("heading", name="The bridge does not answer")).to_be_visible()
        async with bridge_on(sandbox, tmp_path, server={"port": port}, accounts=accounts):
            await expect(visit.page.get_by_text("Connected again")).to_be_visible()
            await expect(visit.page.get_by_role("heading", level=1, name="Health")).to_be_visible()
            await visit.go("/")
            await expect(mine.get_by_text("Completed")).to_be_visible()
            await expect(visit.page.get_by_text("Live", exact=True)).to_be_visible()
            await expect(mine.locator("video")).to_have_count(4)
            await visit.page.goto("about:blank")
