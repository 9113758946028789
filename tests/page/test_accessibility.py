"""What axe-core, which looks for what shuts people out, says of every view, light and dark."""

import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.page.conftest import Open
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.receivers import receiving
from tests.tools.world import Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="session")
AXE = Path(__file__).parents[2] / ".page-tools/node_modules/axe-core/axe.min.js"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
VIEWS = ["/", "/new", "/new/animate", "/accounts", "/deliveries", "/webhooks", "/health"]
FOUND = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => [id, ...nodes.map(node => node.html.slice(0, 200))])"""

if not AXE.is_file():
    pytest.skip("no axe-core: it needs npm (scripts/setup_page_tools)", allow_module_level=True)


async def check(visit: Visit) -> None:
    """Fail if there is anything serious, light or dark; colours that still change have no contrast."""
    await visit.page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in SCHEMES:
        await visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = await visit.page.evaluate(FOUND)
        assert found == [], f"{scheme}: {json.dumps(found, indent=1)}"


@pytest.mark.parametrize("route", VIEWS)
async def test_a_view_has_no_serious_fault(visit: Visit, route: str) -> None:
    await visit.open(route, token=TOKEN)
    await expect(visit.page.locator("h1")).to_be_visible()

    await check(visit)


async def test_signing_in_has_no_serious_fault(visit: Visit) -> None:
    await visit.open()
    await expect(visit.page.get_by_label("API token", exact=True)).to_be_visible()

    await check(visit)


async def test_jobs_of_every_kind_and_the_page_of_one_have_no_serious_fault(visit: Visit, api: Api) -> None:
    made = await api.create("a cat that everyone can see")
    await api.ended(made.body["jobid"])
    await api.create("a cat that nobody may see #moderated")
    slow = await api.create("a cat that takes its time #slow=30")
    await visit.open(token=TOKEN)
    await expect(visit.page.get_by_role("article").filter(has_text="takes its time")).to_be_visible()

    await check(visit)

    await api.get(f"/v1/pixverse/jobs/cancel?jobid={slow.body['jobid']}")
    await visit.go(f"/jobs/{made.body['jobid']}")
    await expect(
        visit.page.get_by_role("region", name="Timeline").get_by_role("listitem").first
    ).to_be_visible()
    await check(visit)
    await visit.go(f"/jobs/{made.body['jobid']}?press=V1")
    await expect(visit.page.get_by_role("dialog").get_by_role("textbox")).to_be_visible()
    await check(visit)


async def test_an_account_that_needs_somebody_has_no_serious_fault_on_a_phone(
    opened: Open, api: Api, discord: Discord
) -> None:
    account, user = discord.spares[0], discord.world["accounts"][1]["user_id"]
    path = f"/v1/pixverse/account/{account['channel']}"
    await api.call("POST", path, json={**account, "maxJobs": 3})
    async with opened(viewport={"width": 390, "height": 844}) as visit:
        await visit.open(f"/accounts/{account['channel']}", token=TOKEN)
        await expect(visit.page.get_by_text("Connected", exact=True)).to_be_visible()
        await discord.fault("close", code=4015, user_id=user)
        await expect(visit.page.get_by_role("button", name="Post the account again")).to_be_visible()

        await visit.page.get_by_role("button", name="Show: Discord token").click()
        await check(visit)
        await visit.page.get_by_role("button", name="Change").click()
        await expect(visit.page.get_by_role("dialog")).to_be_visible()
        await check(visit)
    await api.call("DELETE", path)


async def test_attempts_of_a_delivery_the_chart_of_a_day_and_a_test_that_failed_have_no_serious_fault(
    visit: Visit, api: Api, discord: Discord
) -> None:
    async with receiving() as receiver:
        made = await api.create("a #moderated cat", replyUrl=receiver.url)
        await api.settled(made.body["jobid"])
    await visit.open("/deliveries", token=TOKEN)
    await visit.page.get_by_text("1 attempt").first.click()
    await check(visit)

    await visit.go(f"/accounts/{discord.world['channel_id']}")
    await visit.page.get_by_text("As a table").click()
    await check(visit)

    await visit.go("/webhooks")
    test = visit.page.get_by_role("region", name="Send a test")
    await test.get_by_label("URL").fill(receiver.url)
    await test.get_by_role("button", name="Send a test").click()
    await expect(test.get_by_role("status")).to_contain_text("could not be connected to")
    await check(visit)
