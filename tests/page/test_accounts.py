"""Accounts through the page: one that needs somebody is mended, one is paused, one is added and removed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from bridge.access.scopes import Scope
from bridge.app.bridge import RunningBridge
from tests.page.conftest import Open
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.rows import a_token
from tests.tools.world import Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SEES = "sees-accounts-and-changes-nothing"
NEXT = "of-another-tenant"


def panel(visit: Visit, channel: str) -> Locator:
    return visit.page.get_by_role("article", name=f"Channel {channel}")


def path_of(account: dict[str, Any]) -> str:
    return f"/v1/pixverse/account/{account['channel']}"


@asynccontextmanager
async def configured(api: Api, account: dict[str, Any]) -> AsyncIterator[str]:
    """Have an account of its own for a test, and return its channel."""
    answer = await api.call("POST", path_of(account), json={**account, "maxJobs": 3})
    assert answer.status == 204, answer.body
    try:
        yield account["channel"]
    finally:
        await api.call("DELETE", path_of(account))


async def revoked(discord: Discord, user: str) -> str:
    """Refuse a user's token, and return the new one."""
    address = f"{discord.sandbox.url}/_sandbox/faults"
    async with discord.http.post(address, json={"fault": "revoke_token", "user_id": user}) as response:
        return str((await response.json())["new_tokens"][0]["token"])


async def test_an_account_whose_token_is_refused_is_mended_from_the_notice_on_top_of_every_view(
    visit: Visit, api: Api, discord: Discord
) -> None:
    account, user = discord.spares[0], discord.world["accounts"][1]["user_id"]
    async with configured(api, account) as channel:
        await visit.open(token=TOKEN)
        await expect(visit.page.get_by_text("Live", exact=True)).to_be_visible()
        token = await revoked(discord, user)

        await visit.page.get_by_role("link", name="Mend it").click()
        mine = panel(visit, channel)
        await expect(mine.get_by_text("Token refused")).to_be_visible()
        await mine.get_by_role("button", name="Enter the new token").click()
        field = visit.page.get_by_role("dialog").get_by_label("Discord token")
        await expect(field).to_be_focused()
        await field.fill("not a token")
        await field.press("Enter")
        await expect(visit.page.get_by_role("dialog").get_by_role("alert")).to_contain_text("not a valid")
        await field.fill(token)
        await field.press("Enter")

        await expect(mine.get_by_text("Connected", exact=True)).to_be_visible()
        await expect(visit.page.get_by_role("link", name="Mend it")).to_have_count(0)
        assert token not in await visit.page.content()
        visit.allowed.append("400")


async def test_an_account_is_examined_and_its_rows_are_shown(
    visit: Visit, api: Api, discord: Discord
) -> None:
    drifts = f"{discord.sandbox.url}/_sandbox/drifts"
    drift = {"drift": "rename_command", "command": "create", "to": "imagine"}
    async with configured(api, discord.spares[2]) as channel:
        async with discord.http.post(drifts, json=drift) as answer:
            assert answer.status == 200
        try:
            await visit.open(f"#/accounts/{channel}", token=TOKEN)
            await panel(visit, channel).get_by_role("button", name="Examine").click()

            dialog = visit.page.get_by_role("dialog")
            await expect(dialog.get_by_text("Something cannot work.")).to_be_visible(timeout=30_000)
            await expect(dialog.get_by_text("/create seems to be called /imagine now")).to_be_visible()
            await expect(dialog.get_by_role("code")).to_contain_text('"name": "imagine"')
        finally:
            async with discord.http.delete(drifts) as answer:
                assert answer.status == 204


async def test_what_is_done_outside_of_the_page_is_told_to_the_bridge_by_a_button_of_the_health(
    visit: Visit, api: Api, discord: Discord
) -> None:
    account, user = discord.spares[1], discord.world["accounts"][2]["user_id"]
    async with configured(api, account) as channel:
        await visit.open("/health", token=TOKEN)
        await expect(visit.page.get_by_role("row").filter(has_text=channel)).to_contain_text("Connected")
        await discord.fault("close", code=4015, user_id=user)

        needs = visit.page.get_by_role("region", name="Needs you")
        mine = needs.get_by_role("listitem").filter(has_text=channel)
        await expect(mine).to_contain_text("Close other programs that use this account")
        await mine.get_by_role("button", name="Post the account again").click()

        await expect(mine).to_have_count(0)
        await expect(visit.page.get_by_role("row").filter(has_text=channel)).to_contain_text("Connected")


async def test_an_account_is_paused_and_resumed(visit: Visit, api: Api, discord: Discord) -> None:
    account = discord.spares[2]
    async with configured(api, account) as channel:
        await visit.open("/accounts", token=TOKEN)
        mine = panel(visit, channel)

        await mine.get_by_role("button", name="Pause").click()
        await expect(mine.get_by_text("Paused", exact=True)).to_be_visible()
        refused = await api.create("a cat for a paused account", channel=channel)
        await visit.go("/health")
        worth = visit.page.get_by_role("region", name="Worth knowing")
        await worth.get_by_role("button", name="Resume").click()

        await expect(worth).to_have_count(0)
        assert refused.status == 409
        assert "paused" not in (await api.get(path_of(account))).body


async def test_an_account_is_added_changed_and_removed(visit: Visit, api: Api, discord: Discord) -> None:
    account = discord.spares[2]
    visit.allowed.append("400")
    await visit.open("/accounts", token=TOKEN)
    await visit.page.get_by_role("button", name="Add an account").click()
    dialog = visit.page.get_by_role("dialog")
    await dialog.get_by_label("Channel").fill(account["channel"])
    await dialog.get_by_label("Server").fill("12")
    await dialog.get_by_role("button", name="Add an account").click()
    await expect(dialog.get_by_label("Discord token")).to_be_focused()
    await dialog.get_by_label("Discord token").fill(account["discord"])
    await dialog.get_by_role("button", name="Add an account").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("not valid Discord server id")
    await dialog.get_by_label("Server").fill(account["server"])
    await dialog.get_by_role("button", name="Add an account").click()

    mine = panel(visit, account["channel"])
    await expect(mine.get_by_text("Connected", exact=True)).to_be_visible()
    await mine.get_by_role("button", name="Change").click()
    await dialog.get_by_label("Slots").select_option("2")
    await dialog.get_by_role("button", name="Save").click()
    await expect(mine).to_contain_text("0 of 2 slots")
    await mine.get_by_role("button", name="Remove").click()
    await expect(dialog).to_contain_text("Jobs that have been sent are followed to their end")
    await dialog.get_by_role("button", name="Remove").click()

    await expect(mine).to_have_count(0)
    assert (await api.get(path_of(account))).status == 404


async def test_a_token_is_shown_when_one_asks_for_it_and_only_to_who_may_see_it(
    opened: Open, bridge: RunningBridge, api: Api, discord: Discord
) -> None:
    channel, secret = discord.world["channel_id"], discord.world["accounts"][0]["token"]
    scopes = frozenset({Scope.ACCOUNTS_READ})
    await bridge.foundation.database.write(lambda tx: a_token(tx, SEES, tenant="default", scopes=scopes))
    await Api(api.url, api.http, SEES).until_known()
    async with opened() as visit, opened() as other:
        await visit.open(f"/accounts/{channel}", token=TOKEN)
        await other.open(f"/accounts/{channel}", token=SEES)

        show = visit.page.get_by_role("button", name="Show: Discord token")
        await expect(show).to_be_visible()
        assert secret not in await visit.page.content()
        await show.click()
        await expect(visit.page.get_by_text(secret)).to_be_visible()

        await expect(panel(other, channel).get_by_text("Connected", exact=True)).to_be_visible()
        await expect(other.page.get_by_role("button", name="Show: Discord token")).to_have_count(0)
        for name in ("Change", "Pause", "Remove"):
            await expect(other.page.get_by_role("button", name=name)).to_have_count(0)


async def test_who_signs_in_next_sees_nothing_of_the_accounts_of_who_was_there_before(
    visit: Visit, bridge: RunningBridge, api: Api, discord: Discord
) -> None:
    channel, secret = discord.world["channel_id"], discord.world["accounts"][0]["token"]
    await bridge.foundation.database.write(lambda tx: a_token(tx, NEXT, tenant="next"))
    await Api(api.url, api.http, NEXT).until_known()
    visit.allowed.append("ERR_FAILED")
    await visit.open(f"/accounts/{channel}", token=TOKEN)
    await visit.page.get_by_role("button", name="Show: Discord token").click()
    await expect(visit.page.get_by_text(secret)).to_be_visible()

    await visit.page.get_by_role("button", name="Sign out").click()
    await visit.page.route("**/v1/pixverse/account", lambda route: route.abort())
    await visit.page.get_by_label("API token", exact=True).fill(NEXT)
    await visit.page.get_by_role("button", name="Sign in").click()

    await expect(visit.page.get_by_role("heading", name="The bridge does not answer")).to_be_visible()
    await expect(panel(visit, channel)).to_have_count(0)


async def test_the_chart_of_the_last_day_has_a_table_of_the_same(
    visit: Visit, api: Api, discord: Discord
) -> None:
    channel = discord.world["channel_id"]
    await api.ended((await api.create("a cat in a chart", channel=channel)).body["jobid"])
    before = await completed_by_hour(api, channel)
    await visit.open(f"/accounts/{channel}", token=TOKEN)

    charts = visit.page.get_by_role("img", name="Chart:")
    await expect(charts).to_have_count(2)
    await visit.page.get_by_text("As a table").click()

    rows = visit.page.get_by_role("table").locator("tbody tr")
    await expect(rows.first).to_be_visible()
    shown = [int(await row.locator("td").first.inner_text()) for row in await rows.all()]
    after = await completed_by_hour(api, channel)
    assert len(before) <= len(shown) <= len(after)
    assert sum(before) <= sum(shown) <= sum(after)
    assert shown[:-1] == before[:-1]


async def completed_by_hour(api: Api, channel: str) -> list[int]:
    """Return the hours in which jobs were completed, those of other tests too, which may end meanwhile."""
    hours = (await api.get(f"/v1/pixverse/account/{channel}/statistics")).body["hours"]
    return [hour["completed"] for hour in hours if hour["completed"]]


async def test_on_a_phone_nothing_is_cut_off(opened: Open, discord: Discord) -> None:
    async with opened(**PHONE) as visit:
        for route in ("/accounts", f"/accounts/{discord.world['channel_id']}", "/health"):
            await visit.open(route, token=TOKEN)
            await expect(visit.page.get_by_text("Connected", exact=True).first).to_be_visible()
            assert await visit.page.evaluate("document.documentElement.scrollWidth") == 390
