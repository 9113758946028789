"""A paused account takes no new jobs: told, passed over, kept, and what it has accepted goes on."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.tools.world import Api, Discord, bridge_on

pytestmark = pytest.mark.asyncio


def path(channel: str) -> str:
    return f"/v1/pixverse/account/{channel}"


async def pause(api: Api, channel: str, value: object = True) -> int:
    return (await api.call("POST", path(channel), json={"paused": value})).status


async def health_of(api: Api, channel: str) -> Any:
    rows = (await api.get("/v1/pixverse/health")).body["accounts"]
    return next(row for row in rows if row["channel"] == channel)


@pytest.fixture
def channel(discord: Discord) -> str:
    """Return the channel of the only account."""
    found: str = discord.world["channel_id"]
    return found


async def test_a_submit_is_told_that_the_account_is_paused_until_it_is_resumed(
    api: Api, channel: str
) -> None:
    assert await pause(api, channel) == 204

    named, any_account = await api.create("a cat", channel=channel), await api.create("a cat")
    jobs = (await api.get("/v1/pixverse/jobs")).body

    assert (named.status, named.body["error"]) == (409, f"Account {channel} is paused")
    assert (any_account.status, any_account.body["error"]) == (409, "All accounts are paused")
    assert "paused=false" in named.body["errorDetails"]
    assert "jobid" not in named.body
    assert jobs == []
    assert await pause(api, channel, "False") == 204
    assert (await api.create("a cat", channel=channel)).status == 200


async def test_it_is_shown_and_a_client_that_posts_what_it_read_changes_nothing(
    api: Api, channel: str
) -> None:
    before = (await api.get(path(channel))).body
    await pause(api, channel)
    during = (await api.get(path(channel))).body
    listed = (await api.get("/v1/pixverse/account")).body[channel]

    posted = await api.call("POST", path(channel), json=during)
    without = await api.call("POST", path(channel), json={**before, "maxJobs": 4})

    assert during == listed == {**before, "paused": True}
    assert (posted.status, without.status) == (204, 204)
    assert (await api.get(path(channel))).body == {**during, "maxJobs": 4}
    assert (await health_of(api, channel))["paused"] is True
    assert (await api.call("POST", path(channel), json={**before, "paused": False})).status == 204
    assert (await api.get(path(channel))).body == before
    assert (await health_of(api, channel))["paused"] is False


async def test_others_take_the_jobs_and_what_was_accepted_goes_on(
    api: Api, discord: Discord, channel: str
) -> None:
    spare = discord.spares[0]
    order = {name: spare[name] for name in ("discord", "server", "channel")}
    await api.call("POST", path(spare["channel"]), json={**order, "maxJobs": 9})
    running = (await api.create("a cat #slow=0.3", channel=channel)).body["jobid"]

    await pause(api, channel)
    made = [await api.create(f"a dog {number}") for number in range(3)]

    assert {answer.body["channel"] for answer in made} == {spare["channel"]}
    assert (await api.ended(running))["status"] == "completed"


async def test_a_button_of_a_paused_accounts_job_is_told_too(api: Api, channel: str) -> None:
    parent = await api.ended((await api.create("a cat")).body["jobid"])
    await pause(api, channel)

    order = {"jobid": parent["jobid"], "button": parent["buttons"][0]}
    answer = await api.call("POST", "/v1/pixverse/button", json=order)

    assert (answer.status, answer.body["error"]) == (409, f"Account {channel} is paused")


async def test_a_stream_is_told_of_a_pause(api: Api, channel: str) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    async with api.http.get(f"{api.url}/v1/pixverse/events", headers=headers) as stream:
        await stream.content.readuntil(b"\n\n")
        await pause(api, channel)
        heard = b""
        while b"event: account" not in heard:
            heard = await stream.content.readuntil(b"\n\n")

    assert b'"paused": true' in heard
    assert b'"condition": "connected"' in heard


async def test_another_token_keeps_the_pause_and_an_account_that_is_added_again_has_none(
    api: Api, discord: Discord, channel: str
) -> None:
    spare, mine = discord.spares[0], (await api.get(path(channel))).body
    await pause(api, channel)

    await api.call("POST", path(channel), json={**mine, "discord": spare["discord"]})
    kept = (await api.get(path(channel))).body
    await api.call("DELETE", path(channel))
    await api.call("POST", path(channel), json=mine)

    assert kept["paused"] is True
    assert (await api.get(path(channel))).body == mine


@pytest.mark.parametrize("value", ["yes", 1, "", None, [], "tru"])
async def test_what_is_neither_true_nor_false_is_refused(api: Api, channel: str, value: object) -> None:
    assert await pause(api, channel, value) == 400
    assert "paused" not in (await api.get(path(channel))).body


async def test_there_is_nothing_to_pause_without_an_account(api: Api) -> None:
    assert await pause(api, "1168473004498501699") == 404


async def test_a_pause_survives_a_restart_and_so_does_the_end_of_one_that_is_configured(
    sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    discord = Discord(sandbox, http)
    configured, spare = discord.spares[:2]
    accounts = [{**one, "paused": is_paused} for one, is_paused in ((configured, True), (spare, None))]
    async with bridge_on(sandbox, tmp_path, accounts=accounts) as bridge:
        first = Api(bridge.url, http)
        at_first = await paused_in(first)
        await pause(first, configured["channel"], value=False)
        await pause(first, spare["channel"])

    async with bridge_on(sandbox, tmp_path, accounts=accounts) as bridge:
        afterwards = await paused_in(Api(bridge.url, http))

    assert at_first == {configured["channel"]}
    assert afterwards == {spare["channel"]}


async def paused_in(api: Api) -> set[str]:
    rows = (await api.get("/v1/pixverse/health")).body["accounts"]
    return {row["channel"] for row in rows if row["paused"]}
