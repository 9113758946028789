"""A database that was made anew: whoever reads on from a position of the old one is told that it is gone."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.world import Api, bridge_on

JSON = {"Accept": "application/json"}


@pytest.fixture
async def position(sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path) -> int:
    """Where a reader of the log stands of which nothing is left."""
    async with bridge_on(sandbox, tmp_path / "old") as bridge:
        return await after_a_job(Api(bridge.url, http))


async def after_a_job(api: Api) -> int:
    answer = await api.create("a cat #slow=0.1")
    await api.ended(answer.body["jobid"])
    newest: int = (await api.get("/v1/pixverse/events", headers=JSON)).body["next"]
    return newest


async def page_at(api: Api, position: int) -> Any:
    return (await api.get(f"/v1/pixverse/events?last_event_id={position}", headers=JSON)).body


@pytest.mark.parametrize("jobs", [1, 3])
async def test_a_reader_of_a_log_that_is_gone_is_told_however_long_the_new_one_is(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path, position: int, jobs: int
) -> None:
    async with bridge_on(sandbox, tmp_path / "new") as bridge:
        api = Api(bridge.url, http)
        for _ in range(jobs):
            newest = await after_a_job(api)

        page = await page_at(api, position)
        told = await anext(api.events(position=position))
        early = await page_at(api, 1)
        whole = await page_at(api, 0)

    begin = page["events"][0]["id"] - 1
    assert page["reset"] is True
    assert page["next"] == newest
    assert told == {"event": "reset", "id": str(begin), "data": {"position": begin}}
    assert early == page
    assert whole == {key: value for key, value in page.items() if key != "reset"}


async def test_a_reader_of_a_log_that_is_gone_is_told_when_the_new_one_is_empty(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path, position: int
) -> None:
    async with bridge_on(sandbox, tmp_path / "new") as bridge:
        api = Api(bridge.url, http)
        start = (await page_at(api, 0))["next"]

        page = await page_at(api, position)
        told = await anext(api.events(position=position))

    assert page == {"events": [], "next": start, "reset": True, "code": 200}
    assert told == {"event": "reset", "id": str(start), "data": {"position": start}}


async def test_a_log_goes_on_after_a_restart(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path, position: int
) -> None:
    async with bridge_on(sandbox, tmp_path / "old") as bridge:
        api = Api(bridge.url, http)
        await after_a_job(api)

        page = await page_at(api, position)
        told = await anext(api.events(position=position))

    assert "reset" not in page
    assert page["events"][0]["id"] == int(told["id"]) == position + 1


async def test_positions_are_exact_as_numbers_of_javascript(position: int) -> None:
    assert position < 2**53
