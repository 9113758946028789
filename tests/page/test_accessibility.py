"""What axe-core, which looks for what shuts people out, says of every view, light and dark."""

import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="session")
AXE = Path(__file__).parents[2] / ".page-tools/node_modules/axe-core/axe.min.js"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
VIEWS = ["/", "/new", "/new/create", "/accounts", "/deliveries", "/webhooks", "/health"]
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
    await expect(visit.page.locator("h1")).to_be_visible()
    await check(visit)
