"""A verb that only the configuration has: its form, its files, its job, and every other place of a verb."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from playwright.async_api import expect

from tests.page.filling_in import DROP, PASTE, sent_by, the_form
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.pictures import png
from tests.tools.python_path import python_path
from tests.tools.world import Api, Receiver

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_verb_of_the_configuration_is_filled_in_sent_and_made_again(visit: Visit, api: Api) -> None:
    page = await the_form(visit, "create")
    await page.get_by_role("navigation", name="Kind of video").get_by_role("link", name="Transition").click()
    await page.get_by_label("First frame img").wait_for(state="attached")

    await page.evaluate(PASTE, ["first.png", "image/png", list(png())])
    await expect(page.get_by_role("img", name="Preview of first.png")).to_be_visible()
    await page.evaluate(PASTE, ["last.png", "image/png", list(png())])
    await expect(page.get_by_role("img", name="Preview of last.png")).to_be_visible()
    await page.get_by_label("Prompt", exact=True).fill("from day to night")
    await page.get_by_label("fast", exact=True).check()
    await page.get_by_role("group", name="Sound effect").get_by_label("Yes", exact=True).check()
    job = await sent_by(page)

    await expect(page.locator(".job-videos video")).to_have_count(1)
    record = await api.job(job)
    assert (record["verb"], record["motion_mode"], record["sound_effect"]) == (
        "pixverse-transition",
        "fast",
        True,
    )
    assert record["first_frame_img"]["type"] == record["last_frame_img"]["type"] == "image/png"
    facts = page.locator(".job-facts")
    await expect(facts).to_contain_text("Sound effectYes")
    await expect(facts).to_contain_text("First frame imgPNG")
    await page.get_by_role("link", name="Again with changes").click()
    await expect(page.get_by_label("fast", exact=True)).to_be_checked()
    await expect(page.get_by_label("Prompt", exact=True)).to_have_value("from day to night")


async def test_its_fields_are_checked_while_one_types(visit: Visit) -> None:
    page = await the_form(visit, "extend")

    await page.evaluate(DROP, [".drop", "cat.gif", "image/gif", list(b"GIF89a")])
    await page.get_by_label("Duration").fill("9")
    await page.get_by_role("button", name="Make the video").click()

    await expect(page.get_by_text("This is no MP4 / MOV. Choose another file.")).to_be_visible()
    await expect(page.get_by_text("At most 8.")).to_be_visible()
    await expect(page.get_by_text("5 to 8. Seconds")).to_be_visible()
    await expect(page.get_by_text("This is needed.")).to_have_count(1)
    assert [address for address in visit.asked if address.endswith("/v1/pixverse/extend")] == []


async def test_it_goes_the_whole_way_of_a_built_in_verb(
    visit: Visit, api: Api, receiver: Receiver, tmp_path: Path
) -> None:
    form = {"template_id": "7", "prompt": "a hat of snow", "replyUrl": receiver.url, "replyRef": "own verb"}

    made = await api.call("POST", "/v1/pixverse/effects", data=with_picture(form))
    job = await api.ended(made.body["jobid"])
    callback = await told(receiver, job["jobid"])
    pressed = await api.call("POST", "/v1/pixverse/button", json={"jobid": job["jobid"], "button": "Extend"})
    remade = await api.ended(pressed.body["jobid"])
    await visit.open(f"/jobs/{job['jobid']}", token=TOKEN)
    await expect(visit.page.get_by_role("heading", name="a hat of snow")).to_be_visible()
    await expect(visit.page.locator(".job-facts")).to_contain_text("Template id7")
    line = await command_line(
        api, tmp_path, "run", "effects", "--image", "cat.png", "--template-id", "8", "--wait"
    )
    described = (await api.get("/openapi.json")).body

    assert (made.status, job["status"], job["verb"]) == (200, "completed", "pixverse-effects")
    assert (callback["jobid"], callback["template_id"], callback["replyRef"]) == (job["jobid"], 7, "own verb")
    assert (remade["status"], remade["parentJobId"]) == ("completed", job["jobid"])
    assert (line["status"], line["template_id"]) == ("completed", 8)
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []
    assert described["paths"]["/v1/pixverse/effects"]["post"]["summary"] == "Put an effect on a picture"


async def told(receiver: Receiver, job_id: str) -> Any:
    """Return the record in the callback of a job; other tests use the receiver too."""
    while (record := (await receiver.next())["job"])["jobid"] != job_id:
        pass
    return record


def with_picture(fields: dict[str, str]) -> aiohttp.FormData:
    form = aiohttp.FormData(fields)
    form.add_field("image", png(), filename="cat.png", content_type="image/png")
    return form


async def command_line(api: Api, folder: Path, *words: str) -> Any:
    """Run a command in a folder with a picture, and return its JSON."""
    (folder / "cat.png").write_bytes(png())
    variables = {
        "BRIDGE_URL": api.url,
        "BRIDGE_TOKEN": api.token,
        "PYTHONPATH": python_path(),
        "HOME": str(folder),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", *words, "--json"),
        cwd=folder,
        env=variables,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return json.loads(out)
