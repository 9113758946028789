"""A job's page: its address, its buttons, what came of it, what happened to it, and what was delivered."""

import asyncio
import json
import os
import shutil
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.page.conftest import Open
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.world import Api, Receiver

pytestmark = pytest.mark.asyncio(loop_scope="session")
MARKUP = '<img src=x onerror="ran = true"> [here](javascript:ran=true)'
TOOLS = [tool for tool in ("bash", "curl") if shutil.which(tool) is None]


async def a_finished_job(api: Api, prompt: str = "a green hill", **fields: str) -> str:
    made = await api.create(prompt, **fields)
    await api.ended(made.body["jobid"])
    return str(made.body["jobid"])


async def run(code: str) -> Any:
    """Run what was copied in a shell, and return the answer."""
    environment = {**os.environ, "BRIDGE_TOKEN": TOKEN}
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", code), stdout=asyncio.subprocess.PIPE, env=environment
    )
    told, _ = await process.communicate()
    return json.loads(told)


async def test_a_job_has_an_address_that_shows_what_happened_to_it(visit: Visit, api: Api) -> None:
    job = await a_finished_job(api)

    await visit.open(f"/jobs/{job}", token=TOKEN)

    page = visit.page
    await expect(page.get_by_role("heading", name="a green hill")).to_be_visible()
    timeline = page.get_by_role("region", name="Timeline")
    await expect(timeline.get_by_text("Command sent to Discord")).to_be_visible()
    await expect(timeline.get_by_text("it carries the number that was sent with the command")).to_be_visible()
    await expect(timeline.get_by_text("Completed")).to_be_visible()
    await page.get_by_text("Record as JSON").click()
    assert json.loads(await page.locator(".job-json code").inner_text())["jobid"] == job


async def test_a_button_that_takes_a_prompt_makes_a_job_that_names_its_parent(visit: Visit, api: Api) -> None:
    parent = await a_finished_job(api, "a mountain")
    await visit.open(f"/jobs/{parent}", token=TOKEN)
    page = visit.page

    await page.get_by_role("button", name="Vary 2 V2").click()
    dialog = page.get_by_role("dialog", name="Vary 2 V2")
    await expect(dialog.get_by_label("Prompt")).to_have_value("a mountain")
    await dialog.get_by_label("Prompt").fill("a mountain at night")
    await dialog.get_by_role("button", name="Press it").click()
    await expect(page.get_by_role("heading", name="a mountain at night")).to_be_visible()

    child = page.url.rpartition("/")[2]
    record = await api.job(child)
    assert (record["parentJobId"], record["button"], record["prompt"]) == (
        parent,
        "V2",
        "a mountain at night",
    )
    tree = page.get_by_role("region", name="What came from what")
    await tree.get_by_role("link", name="a mountain").click()
    await expect(tree.get_by_role("link", name="V2 · a mountain at night")).to_be_visible()


async def test_a_button_without_a_prompt_has_no_box_for_one(visit: Visit, api: Api) -> None:
    parent = await a_finished_job(api, "a river")
    await visit.open(f"/jobs/{parent}", token=TOKEN)
    page = visit.page

    await page.get_by_role("button", name="Upscale 1 U1").click()
    dialog = page.get_by_role("dialog", name="Upscale 1 U1")
    await expect(dialog.get_by_role("textbox")).to_have_count(0)
    await dialog.get_by_role("button", name="Press it").click()

    await expect(
        page.get_by_role("region", name="What came from what").get_by_text("this job")
    ).to_be_visible()
    await expect(page.get_by_role("heading", level=1, name="a river")).to_be_visible()


async def test_a_menu_of_the_bot_has_its_choices_in_a_dialog(visit: Visit, api: Api) -> None:
    parent = await a_finished_job(api, "a lake #more-buttons #components")
    await visit.open(f"/jobs/{parent}", token=TOKEN)
    page = visit.page

    await expect(page.get_by_role("button", name="Extend")).to_be_visible()
    await page.get_by_role("button", name="Style").click()
    dialog = page.get_by_role("dialog", name="Style")
    await dialog.get_by_label("Choose").select_option("Anime")
    await dialog.get_by_role("button", name="Press it").click()

    await expect(page.get_by_text("Anime", exact=True)).to_be_visible()
    record = await api.job(page.url.rpartition("/")[2])
    assert (record["parentJobId"], record["button"], record["value"]) == (parent, "Style", "Anime")


async def test_a_delivery_is_sent_again(visit: Visit, api: Api, receiver: Receiver) -> None:
    job = await a_finished_job(api, replyUrl=receiver.url)
    first = await receiver.next()
    await api.settled(job)
    await visit.open(f"/jobs/{job}", token=TOKEN)
    deliveries = visit.page.get_by_role("region", name="Deliveries")
    await expect(deliveries.get_by_text("HTTP 200")).to_be_visible()

    await deliveries.get_by_role("button", name="Send again").click()

    await expect(visit.page.get_by_text("1 delivery is sent again.")).to_be_visible()
    second = await receiver.next()
    assert (second["id"], second["job"]["jobid"]) == (first["id"], job)


async def test_a_running_job_is_cancelled_after_a_question(visit: Visit, api: Api) -> None:
    made = await api.create("a long film #slow=600")
    await visit.open(f"/jobs/{made.body['jobid']}", token=TOKEN)
    page = visit.page

    await page.get_by_role("button", name="Cancel the job").click()
    dialog = page.get_by_role("dialog", name="Cancel this job?")
    await dialog.get_by_role("button", name="Cancel the job").click()

    await expect(page.get_by_text("The job is cancelled.")).to_be_visible()
    await expect(page.get_by_role("button", name="Cancel the job")).to_have_count(0)
    assert (await api.job(made.body["jobid"]))["status"] == "cancelled"


async def test_the_page_of_a_running_job_shows_its_end_by_itself(visit: Visit, api: Api) -> None:
    made = await api.create("it ends while one looks #slow=600")
    await visit.open(f"/jobs/{made.body['jobid']}", token=TOKEN)
    await expect(visit.page.get_by_text("Running for")).to_be_visible()

    await api.get(f"/v1/pixverse/jobs/cancel/?jobid={made.body['jobid']}")

    for place in ("Videos", "Timeline"):
        region = visit.page.get_by_role("region", name=place)
        await expect(region.get_by_text("Cancelled", exact=True)).to_be_visible()


async def test_an_unknown_job_is_told_apart_from_a_fault(visit: Visit) -> None:
    visit.allowed.append("404")

    await visit.open("/jobs/01a1nobody", token=TOKEN)

    await expect(visit.page.get_by_role("heading", name="There is no such job")).to_be_visible()


async def test_an_expired_job_and_a_bridge_that_is_away_are_told_apart(visit: Visit) -> None:
    visit.allowed.append("410|ERR_FAILED")
    page = visit.page
    gone = {"error": "Job 01a1 has expired", "code": 410}
    await page.route(
        "**/v1/pixverse/jobs/*jobid=01a1expired*", lambda route: route.fulfill(status=410, json=gone)
    )
    await page.route("**/v1/pixverse/jobs/*jobid=01a1away*", lambda route: route.abort())

    await visit.open("/jobs/01a1expired", token=TOKEN)
    await expect(page.get_by_role("heading", name="This job has expired")).to_be_visible()
    await visit.go("/jobs/01a1away")

    await expect(page.get_by_role("heading", name="The bridge does not answer")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()


@pytest.mark.skipif(bool(TOOLS), reason=f"not installed: {TOOLS}")
async def test_the_code_that_is_copied_does_what_the_form_would(visit: Visit, api: Api) -> None:
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await visit.open("/new/create", token=TOKEN)
    page = visit.page
    await page.get_by_label("Prompt", exact=True).fill('it\'s "quoted" $HOME `id`')
    await page.get_by_label("Realistic", exact=True).check()

    await page.get_by_role("button", name="Copy as…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True).click()
    code = await page.evaluate("navigator.clipboard.readText()")

    assert TOKEN not in code
    answer = await run(code)
    assert (await api.job(answer["jobid"]))["prompt"] == 'it\'s "quoted" $HOME `id`'


@pytest.mark.parametrize(
    "route", ["/new/create", "/new/meme_face", "/jobs/{job}", "/jobs/{job}?press=V1", "/webhooks"]
)
async def test_nothing_is_wider_than_a_phone(opened: Open, api: Api, route: str) -> None:
    job = await a_finished_job(api, "w" * 300)
    async with opened(viewport={"width": 320, "height": 700}) as visit:
        await visit.open(route.format(job=job), token=TOKEN)
        await visit.page.locator("main .panel, dialog textarea").first.wait_for()

        assert await visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_no_word_of_a_prompt_or_of_the_bot_runs_or_becomes_an_address(visit: Visit, api: Api) -> None:
    job = await a_finished_job(api, MARKUP)

    async def with_an_address_that_runs(route: Route) -> None:
        answer = await route.fetch()
        record = await answer.json()
        for file in record["attachments"]:
            file["url"] = "javascript:window.ran = true"
        await route.fulfill(response=answer, json={**record, "content": MARKUP})

    await visit.page.route("**/v1/pixverse/jobs/?jobid=*", with_an_address_that_runs)
    await visit.open(f"/jobs/{job}", token=TOKEN)

    await expect(visit.page.get_by_role("heading", level=1, name=MARKUP)).to_be_visible()
    await expect(visit.page.get_by_text("This video is gone")).to_have_count(4)
    assert await visit.page.locator("main a[href]:not([href^='#'])").count() == 0
    assert await visit.page.evaluate("window.ran") is None
