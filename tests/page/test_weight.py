"""What the first view costs a browser that was never here."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.page.visit import Visit
from tests.tools.access import TOKEN

pytestmark = pytest.mark.asyncio(loop_scope="session")
MOST_BYTES = 120_000


async def test_the_first_view_weighs_less_than_120_kilobytes_over_the_wire(visit: Visit) -> None:
    weights: list[float] = []
    others: set[str] = set()
    session = await visit.page.context.new_cdp_session(visit.page)
    await session.send("Network.enable")

    def begun(event: dict[str, Any]) -> None:
        if "/v1/" in event["request"]["url"] or event.get("type") == "Media":
            others.add(event["requestId"])  # the jobs of other tests

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] not in others:
            weights.append(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", begun)
    session.on("Network.loadingFinished", finished)

    await visit.open(token=TOKEN)
    await expect(visit.page.get_by_role("heading", name="Board")).to_be_visible()
    await visit.page.wait_for_load_state("load")

    assert len(weights) > 5
    assert sum(weights) < MOST_BYTES
