"""The form: from a prompt to a playing video, pictures, what is refused and why, and again with changes."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.page.filling_in import DROP, PASTE, sent_by, the_form
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.own_verbs import OWN_VERBS
from tests.tools.pictures import png
from tests.tools.world import Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="session")
IS_PLAYING = """async video => {
    video.muted = true;
    await video.play();
    return !video.paused && video.readyState >= 2;
}"""


async def test_a_prompt_becomes_four_playing_videos(visit: Visit, api: Api, discord: Discord) -> None:
    page = await the_form(visit)
    await page.get_by_label("Prompt", exact=True).fill("a fox in the snow")
    await page.get_by_label("Realistic", exact=True).check()
    await page.get_by_label("9:16", exact=True).check()
    await page.get_by_label("Account").select_option(index=1)

    job = await sent_by(page)

    videos = page.locator(".job-videos video")
    await expect(videos).to_have_count(4)
    assert await videos.nth(3).evaluate(IS_PLAYING) is True
    record = await api.job(job)
    assert (record["prompt"], record["style"], record["aspect_ratio"], record["channel"]) == (
        *("a fox in the snow", "Realistic", "9:16"),
        discord.world["channel_id"],
    )


async def test_a_double_click_makes_one_job(visit: Visit, discord: Discord) -> None:
    page = await the_form(visit)
    await page.get_by_label("Prompt", exact=True).fill("pressed twice in a hurry")
    await page.get_by_label("Realistic", exact=True).check()

    await page.get_by_role("button", name="Make the videos").dblclick()
    await page.wait_for_url("**/#/jobs/*")

    assert await discord.runs_of("pressed twice in a hurry") == 1
    assert len([address for address in visit.asked if address.endswith("/v1/pixverse/create")]) == 1


async def test_what_is_wrong_is_said_before_anything_is_sent(visit: Visit) -> None:
    page = await the_form(visit, "create_single")
    prompt = page.get_by_label("Prompt", exact=True)
    await prompt.fill("x" * 513)
    await page.get_by_label("Seed").fill("2147483648")

    await page.get_by_role("button", name="Make the video").click()

    await expect(page.get_by_text("At most 512 characters.")).to_be_visible()
    await expect(page.get_by_text("At most 2,147,483,647.")).to_be_visible()
    await expect(page.get_by_text("This is needed.")).to_have_count(1)
    await expect(prompt).to_be_focused()
    assert [address for address in visit.asked if address.endswith("/create_single")] == []


async def test_the_limits_are_those_of_the_description(visit: Visit) -> None:
    async def other(route: Any) -> None:
        answer = await route.fetch()
        document = await answer.json()
        fields = document["components"]["schemas"]["CreateForm"]["properties"]
        fields["prompt"]["maxLength"] = 20
        fields["style"]["enum"] = ["Baroque"]
        await route.fulfill(response=answer, body=json.dumps(document))

    await visit.page.route("**/openapi.json", other)
    page = await the_form(visit)

    await page.get_by_label("Prompt", exact=True).fill("x" * 25)

    await expect(page.get_by_text("5 characters too many")).to_be_visible()
    await expect(page.get_by_text("Baroque")).to_be_visible()
    await expect(page.get_by_text("Realistic")).to_have_count(0)


async def test_a_dropped_picture_is_shown_and_animated(visit: Visit, api: Api) -> None:
    page = await the_form(visit, "animate")
    picture = png()

    await page.evaluate(DROP, [".drop", "sea.png", "image/png", list(picture)])
    await expect(page.get_by_role("img", name="Preview of sea.png")).to_be_visible()
    job = await sent_by(page)

    await expect(page.locator(".job-videos video")).to_have_count(1)
    assert (await api.job(job))["image"] == {"size": len(picture), "type": "image/png"}


async def test_a_pasted_file_that_is_no_picture_of_the_right_kind_is_refused_at_once(visit: Visit) -> None:
    page = await the_form(visit, "meme_face")

    await page.evaluate(PASTE, ["face.gif", "image/gif", list(b"GIF89a")])

    await expect(page.get_by_text("This is no JPEG / PNG. Choose another file.")).to_be_visible()


async def test_a_moderated_prompt_is_told_in_the_words_of_the_bot_and_what_one_typed_stays(
    visit: Visit,
) -> None:
    visit.allowed.append("422")
    page = await the_form(visit)
    await page.get_by_label("Prompt", exact=True).fill("something #moderated")
    await page.get_by_label("Anime", exact=True).check()

    await page.get_by_role("button", name="Make the videos").click()

    await expect(page.get_by_text("The bot refused it")).to_be_visible()
    await expect(page.get_by_role("link", name="Look at the job")).to_be_visible()
    await expect(page.get_by_label("Prompt", exact=True)).to_have_value("something #moderated")


async def test_a_rate_limit_is_said_in_words_with_its_seconds_and_tried_again(visit: Visit) -> None:
    visit.allowed.append("429")
    keys: list[str] = []
    said = {
        "error": "Maximum of 3 jobs executing in parallel supported",
        "executingJobs": ["one", "two"],
        "code": 429,
    }

    async def full(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            await route.continue_()
            return
        headers = {"Retry-After": "30", "Content-Type": "application/json"}
        await route.fulfill(status=429, headers=headers, body=json.dumps(said))

    await visit.page.route("**/v1/pixverse/create", full)
    page = await the_form(visit)
    await page.get_by_label("Prompt", exact=True).fill("all slots are taken")
    await page.get_by_label("Anime", exact=True).check()
    await page.get_by_role("button", name="Make the videos").click()

    await expect(page.get_by_text("All slots are taken")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"Better in [12]?\d seconds\."))).to_be_visible()
    await page.get_by_role("button", name="Try again").click()

    await page.wait_for_url("**/#/jobs/*")
    assert len(set(keys)) == 2


REFUSALS = {
    409: (
        {"error": "Account 12 needs attention", "errorDetails": "the token was refused"},
        "The account needs you",
    ),
    422: ({"error": "Too violent", "jobid": "01a1x", "status": "moderated"}, "The bot refused it"),
    502: ({"error": "Discord /interactions failed with HTTP status 400"}, "Discord refused it"),
    503: ({"error": "No account is connected"}, "Nobody can take it now"),
}


async def test_every_refusal_is_said_in_words(visit: Visit) -> None:
    visit.allowed.append("409|422|502|503")
    waiting = list(REFUSALS)

    async def refuse(route: Any) -> None:
        status = waiting.pop(0)
        await route.fulfill(status=status, json={**REFUSALS[status][0], "code": status})

    await visit.page.route("**/v1/pixverse/create", refuse)
    page = await the_form(visit)
    await page.get_by_label("Prompt", exact=True).fill("refused again and again")
    await page.get_by_label("Anime", exact=True).check()

    for body, title in REFUSALS.values():
        await page.get_by_role("button", name="Make the videos").click()

        await expect(page.get_by_text(title)).to_be_visible()
        await expect(page.get_by_text(body["error"])).to_be_visible()


async def test_a_request_whose_answer_was_lost_is_tried_again_with_its_key(
    visit: Visit, discord: Discord
) -> None:
    visit.allowed.append("ERR_FAILED|ERR_CONNECTION")
    keys: list[str] = []
    prompt = "the answer to this was lost"

    async def lost(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            await route.fetch()
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await visit.page.route("**/v1/pixverse/create", lost)
    page = await the_form(visit)
    await page.get_by_label("Prompt", exact=True).fill(prompt)
    await page.get_by_label("Anime", exact=True).check()
    await page.get_by_role("button", name="Make the videos").click()

    await expect(page.get_by_text("It is not known whether the bridge took it")).to_be_visible()
    await page.get_by_role("button", name="Try again").click()

    await page.wait_for_url("**/#/jobs/*")
    assert keys[0] == keys[1]
    assert await discord.runs_of(prompt) == 1


async def test_again_with_changes_fills_the_form_with_what_the_job_was_made_of(
    visit: Visit, api: Api
) -> None:
    made = await api.create("a red boat", style="Anime", aspect_ratio="4:3", negative_prompt="people")
    await api.ended(made.body["jobid"])
    await visit.open(f"/jobs/{made.body['jobid']}", token=TOKEN)
    page = visit.page

    await page.get_by_role("link", name="Again with changes").click()
    await expect(page.get_by_label("Prompt", exact=True)).to_have_value("a red boat")
    await expect(page.get_by_label("Negative prompt")).to_have_value("people")
    await page.get_by_label("Prompt", exact=True).fill("a blue boat")
    job = await sent_by(page)

    record = await api.job(job)
    assert job != made.body["jobid"]
    assert (record["prompt"], record["style"], record["aspect_ratio"]) == ("a blue boat", "Anime", "4:3")


async def test_the_keyboard_alone_leads_from_the_board_to_the_result(visit: Visit) -> None:
    await visit.open(token=TOKEN)
    page = visit.page
    link = page.get_by_role("navigation").get_by_role("link", name="New video")
    await link.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="New video")).to_be_focused()
    await expect(page.locator("form.submit-form")).to_be_visible()
    for _ in range(5 + len(OWN_VERBS)):
        await page.keyboard.press("Tab")
    await page.keyboard.type("made with the keyboard")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")

    await page.keyboard.press("Enter")

    await page.wait_for_url("**/#/jobs/*")
    await expect(page.get_by_role("heading", name="made with the keyboard")).to_be_focused()
    await expect(page.locator(".job-videos video")).to_have_count(4)
