"""Deliveries through the page: what was given up or is owed is seen with its reason, and sent again."""

import re

import pytest
from playwright.async_api import Locator, expect

from bridge.access.scopes import Scope
from bridge.app.bridge import RunningBridge
from tests.page.conftest import Open
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.receivers import Receiver, receiving, status
from tests.tools.rows import a_token
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SEES = "sees-deliveries-and-sends-none"


async def told(api: Api, receiver: Receiver, prompt: str = "a #moderated cat") -> str:
    """Return a job that has ended, and whose callback the receiver has had once."""
    before = len(receiver.posts)
    made = await api.create(prompt, replyUrl=receiver.url)
    await receiver.got(before + 1)
    return str(made.body["jobid"])


async def until_listed(api: Api, job_id: str, state: str) -> None:
    path = f"/v1/pixverse/callbacks?jobid={job_id}&state={state}"
    while not (await api.get(path)).body["callbacks"]:
        pass


async def until_tried(api: Api, job_id: str) -> None:
    """Return when an attempt has been stored: it is after the receiver has answered."""
    while not (await api.get(f"/v1/pixverse/callbacks?jobid={job_id}")).body["callbacks"][0]["attempts"]:
        pass


def deliveries(visit: Visit, receiver: Receiver) -> Locator:
    host = receiver.url.split("/")[2]
    return visit.page.get_by_role("list", name="Deliveries").get_by_role("listitem").filter(has_text=host)


async def test_what_was_given_up_is_told_on_top_and_sent_again(visit: Visit, api: Api) -> None:
    async with receiving(status(410)) as receiver:
        job_id = await told(api, receiver)
        await until_listed(api, job_id, "given_up")
        await visit.open(token=TOKEN)

        await visit.page.get_by_role("link", name="Look at them").click()
        mine = deliveries(visit, receiver)
        await expect(mine).to_contain_text("The receiver answered 410.")
        receiver.answer = status(200)
        await mine.get_by_role("button", name="Send again").click()
        first, again = await receiver.got(2)

        await expect(mine).to_have_count(0)
        await expect(visit.page.get_by_role("link", name="Look at them")).to_have_count(0)
        await visit.page.get_by_role("button", name="Delivered").click()
        await expect(mine).to_contain_text("Acknowledged with 200")
        assert first.id == again.id


async def test_everything_that_a_receiver_has_missed_is_sent_again_at_once(visit: Visit, api: Api) -> None:
    async with receiving(status(410)) as receiver:
        jobs = {await told(api, receiver) for _ in range(2)}
        for job_id in jobs:
            await until_listed(api, job_id, "given_up")
        await visit.open("/deliveries", token=TOKEN)
        failing = visit.page.get_by_role("region", name="Receivers that fail").get_by_role("listitem")
        mine = failing.filter(has_text=receiver.url.split("/")[2])
        await expect(mine).to_contain_text("2 given up")

        receiver.answer = status(200)
        await mine.get_by_role("button", name="Send all again").click()
        await expect(visit.page.get_by_text("The callbacks of 2 jobs are sent again.")).to_be_visible()
        posts = await receiver.got(4)

        assert {post.job["jobid"] for post in posts[2:]} == jobs


async def test_what_is_owed_says_why_and_when_it_is_tried_next(visit: Visit, api: Api) -> None:
    async with receiving(status(503)) as receiver:
        job_id = await told(api, receiver)
        await until_tried(api, job_id)
        await visit.open("/deliveries?state=pending", token=TOKEN)

        mine = deliveries(visit, receiver)
        await expect(mine).to_contain_text("The receiver answered 503.")
        await expect(mine).to_contain_text("Next try in")
        await mine.get_by_text(re.compile(r"\d attempt")).click()
        await expect(mine.get_by_role("table")).to_contain_text("HTTP status 503")
        receiver.answer = status(200)
        await mine.get_by_role("button", name="Send now").click()

        await until_listed(api, job_id, "delivered")


async def test_older_ones_come_page_after_page_as_one_gets_to_the_end(visit: Visit, api: Api) -> None:
    async with receiving() as receiver:
        jobs = [await told(api, receiver) for _ in range(3)]
    await visit.page.route(
        "**/v1/pixverse/callbacks?*",
        lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=1")),
    )

    await visit.open("/deliveries", token=TOKEN)

    mine = deliveries(visit, receiver)
    await expect(mine).to_have_count(3)
    links = mine.get_by_role("link")
    found = [await links.nth(index).get_attribute("href") for index in range(3)]
    assert found == [f"#/jobs/{job_id}" for job_id in reversed(jobs)]
    await expect(visit.page.get_by_text("That is all")).to_be_visible()


async def test_who_may_only_read_sees_deliveries_and_sends_none(
    opened: Open, bridge: RunningBridge, api: Api
) -> None:
    scopes = frozenset({Scope.JOBS_READ})
    await bridge.foundation.database.write(lambda tx: a_token(tx, SEES, tenant="default", scopes=scopes))
    await Api(api.url, api.http, SEES).until_known()
    async with receiving() as receiver, opened(**PHONE) as visit:
        await told(api, receiver)
        await visit.open("/deliveries", token=SEES)

        await expect(deliveries(visit, receiver)).to_be_visible()
        await expect(visit.page.get_by_role("button", name="Send again")).to_have_count(0)
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 390
        await visit.go("/webhooks")
        await expect(visit.page.get_by_text("It lacks the scope secrets:read.")).to_be_visible()
        await expect(visit.page.get_by_role("button", name="Send a test")).to_have_count(0)
        await expect(visit.page.get_by_role("region", name="Where jobs report to")).to_have_count(0)
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 390


async def test_a_list_that_cannot_be_read_says_so_and_is_read_when_one_tries_again(visit: Visit) -> None:
    visit.allowed.append("ERR_FAILED")
    await visit.page.route("**/v1/pixverse/callbacks?*", lambda route: route.abort())
    await visit.open("/deliveries", token=TOKEN)
    failure = visit.page.get_by_role("heading", name="The bridge does not answer")
    await expect(failure).to_be_visible()

    await visit.page.unroute("**/v1/pixverse/callbacks?*")
    await visit.page.get_by_role("button", name="Try again").click()

    await expect(failure).to_have_count(0)
