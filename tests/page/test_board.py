"""The board: jobs come by themselves, their videos play, and many of them cost no more than a few."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Route, expect

from bridge.app.bridge import RunningBridge
from tests.page.conftest import Open
from tests.page.crowd import a_crowd, scroll_down
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
AS_JSON = {"Accept": "application/json"}
MOST_NODES = 1_500
PLAYING = """card => [...card.querySelectorAll("video")]
    .every(video => !video.paused && video.currentTime > 0)"""
SMALL = """() => [...document.querySelectorAll("a:not(.skip), button, input, select")]
    .map(element => [element, element.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && box.height > 1 && box.height < 44)
    .filter(([element]) => !element.matches(".card-link"))  // the whole card is its target
    .map(([element]) => element.outerHTML.slice(0, 120))"""


async def refuse(route: Route) -> None:
    body = {"error": "The database is not available", "code": 503}
    await route.fulfill(status=503, json=body, headers={"Retry-After": "5"})


def a_stream_that_ends(position: int) -> Callable[[Route], Awaitable[None]]:
    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/event-stream", body=f"id: {position}\n\n")

    return answer


def card(visit: Visit, prompt: str) -> Locator:
    return visit.page.get_by_role("article").filter(has_text=prompt)


async def test_a_job_comes_by_itself_and_its_four_videos_play_under_the_pointer(
    visit: Visit, api: Api
) -> None:
    await visit.open(token=TOKEN)
    await expect(visit.page.get_by_text("Live", exact=True)).to_be_visible()

    made = await api.create("a cat that plays the piano #slow=3")

    mine = card(visit, "plays the piano")
    await expect(mine.locator(".badge")).to_have_text(re.compile("Started|Running"))
    await expect(mine.get_by_text("Completed")).to_be_visible()
    await expect(mine.locator("video")).to_have_count(4)
    await mine.hover()
    await visit.until(PLAYING, await mine.element_handle())
    assert made.status == 200


async def test_what_the_bot_refused_is_shown_in_its_own_words(visit: Visit, api: Api) -> None:
    await visit.open(token=TOKEN)

    refused = await api.create("a cat that was refused #moderated")

    mine = card(visit, "was refused")
    await expect(mine.get_by_text("Moderated", exact=True)).to_be_visible()
    await expect(mine.locator(".card-words")).not_to_be_empty()
    assert refused.body["status"] == "moderated"


async def test_nothing_moves_under_the_eyes_of_who_reads(visit: Visit, api: Api) -> None:
    await api.ended((await api.create("a cat that is looked at")).body["jobid"])
    await visit.open(token=TOKEN)
    mine = card(visit, "is looked at")
    await mine.hover()
    before = await mine.bounding_box()

    await api.ended((await api.create("a cat that comes meanwhile")).body["jobid"])

    await expect(visit.page.get_by_role("button", name="1 new job")).to_be_visible()
    assert await mine.bounding_box() == before
    await visit.page.mouse.move(0, 0)
    await expect(card(visit, "comes meanwhile")).to_be_visible()


async def test_a_first_page_that_failed_is_loaded_when_the_connection_is_back(visit: Visit, api: Api) -> None:
    await api.ended((await api.create("a cat from before the fault")).body["jobid"])
    newest = await api.get("/v1/pixverse/events", params={"last_event_id": "9" * 18}, headers=AS_JSON)
    visit.allowed.append("503")
    await visit.page.route("**/jobs/history*", refuse)
    await visit.page.route("**/v1/pixverse/events", a_stream_that_ends(newest.body["next"]))
    await visit.open(token=TOKEN)
    await expect(visit.page.get_by_text("database is not available")).to_be_visible()

    await visit.page.unroute("**/jobs/history*")
    await visit.page.unroute("**/v1/pixverse/events")

    await expect(card(visit, "from before the fault")).to_be_visible()


async def test_of_many_jobs_only_those_in_sight_are_in_the_document(
    visit: Visit, bridge: RunningBridge, api: Api
) -> None:
    many = 2_000
    token = await a_crowd(bridge, api, many)
    await visit.open(token=token)
    await expect(visit.page.get_by_role("article").first).to_be_visible()

    most = await scroll_down(visit)

    last = visit.page.get_by_role("article").last
    assert await last.get_attribute("aria-setsize") == str(many)
    assert await last.get_attribute("aria-posinset") == str(many)
    assert most < MOST_NODES


async def test_an_empty_page_of_the_history_is_followed_by_the_next(
    visit: Visit, bridge: RunningBridge, api: Api
) -> None:
    """An answer looks through at most 1,000 jobs that have the words, whatever else they must be."""
    token = await a_crowd(bridge, api, 1_300)

    await visit.open("/?prompt=crowd&status=failed", token=token)

    await expect(visit.page.get_by_text("No job matches")).to_be_visible()


async def test_on_a_phone_nothing_is_cut_off_and_every_target_is_large_enough(opened: Open, api: Api) -> None:
    await api.ended((await api.create("a cat on a phone")).body["jobid"])
    async with opened(**PHONE) as visit:
        await visit.open(token=TOKEN)
        await expect(card(visit, "on a phone")).to_be_visible()

        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 390
        assert await visit.page.evaluate(SMALL) == []


async def test_the_keyboard_alone_goes_to_a_job_and_back(visit: Visit, api: Api) -> None:
    made = await api.create("a cat for the keyboard")
    await api.ended(made.body["jobid"])
    await visit.open(token=TOKEN)
    await expect(card(visit, "for the keyboard")).to_be_visible()
    press = visit.page.keyboard.press

    await press("Tab")
    await expect(visit.page.locator(":focus")).to_have_text("Skip to the content")
    place = int(await card(visit, "for the keyboard").get_attribute("aria-posinset") or 0)
    for nth in range(1, place + 1):
        await press("j")
        await expect(visit.page.locator("article:has(:focus)")).to_have_attribute("aria-posinset", str(nth))
    await press("Enter")

    await expect(visit.page).to_have_url(f"{visit.url}/#/jobs/{made.body['jobid']}")
    await visit.page.go_back()
    await expect(card(visit, "for the keyboard")).to_be_visible()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_the_clock_of_the_browser_is_not_believed(visit: Visit, api: Api, hours: int) -> None:
    await api.create(f"a cat that reads the clock {hours} #moderated")
    await visit.page.add_init_script(f"const now = Date.now; Date.now = () => now() + {hours * 3_600_000};")

    await visit.open(token=TOKEN)

    await expect(card(visit, f"reads the clock {hours}").locator("time")).to_have_text(
        re.compile("just now|^1m")
    )


async def test_a_slash_goes_to_the_search_and_can_be_typed_there(visit: Visit, api: Api) -> None:
    await api.ended((await api.create("a cat beside a/b")).body["jobid"])
    await visit.open(token=TOKEN)
    await expect(card(visit, "beside a/b").first).to_be_visible()

    await visit.page.keyboard.press("/")
    await visit.page.keyboard.type("a/b")

    await expect(visit.page).to_have_url(re.compile(r"#/\?prompt=a%2Fb$"))
    await expect(card(visit, "beside a/b").first).to_be_visible()
