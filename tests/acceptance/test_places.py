"""One Discord person in one channel belongs to one tenant: the one whose token Discord has accepted."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from tests.tools.rows import a_token
from tests.tools.world import LIMIT_S, Answer, Api, Discord


@pytest.fixture
async def other(bridge: RunningBridge, http: aiohttp.ClientSession) -> Api:
    """A client of another tenant."""
    await bridge.foundation.database.write(lambda tx: a_token(tx, "token-of-another", tenant="other"))
    return await Api(bridge.url, http, "token-of-another").until_known()


def own_of(discord: Discord) -> dict[str, Any]:
    """Return the account that the default tenant has."""
    world = discord.world
    token, channel = world["accounts"][0]["token"], world["channel_id"]
    return {"discord": token, "server": world["guild_id"], "channel": channel}


def forged(spare: dict[str, Any]) -> dict[str, Any]:
    """Return an account of the same person whose token Discord has never given."""
    return {**spare, "discord": spare["discord"].partition(".")[0] + ".forged.token"}


async def post(api: Api, account: dict[str, Any]) -> Answer:
    """Put an account into a tenant's list."""
    body = {**account, "maxJobs": 3}
    return await api.call("POST", f"/v1/pixverse/account/{account['channel']}", json=body)


async def until(api: Api, channel: str, condition: str) -> None:
    async with asyncio.timeout(LIMIT_S):
        while condition not in [
            row["condition"]
            for row in (await api.get("/v1/pixverse/health")).body["accounts"]
            if row["channel"] == channel
        ]:
            await asyncio.to_thread(lambda: None)


async def test_another_tenant_cannot_have_a_person_in_a_channel_where_one_has_it(
    other: Api, discord: Discord
) -> None:
    own = own_of(discord)
    refusal = {"error": f"Channel {own['channel']} is not available", "code": 409}

    posted = await post(other, own)
    forged_too = await post(other, forged(own))
    submitted = await other.create("a cat", **own)
    misspelt = await other.create("a cat", **{**own, "channel": f"0{own['channel']}"})
    listed = await other.get("/v1/pixverse/account")
    jobs = await other.get("/v1/pixverse/jobs/history")

    assert (posted.status, posted.body) == (409, refusal)
    assert (forged_too.status, forged_too.body) == (409, refusal)
    assert (submitted.status, submitted.body) == (409, refusal)
    assert misspelt.status == 400
    assert listed.status == 404
    assert jobs.body["jobs"] == []


@pytest.mark.parametrize("padding", ["=", "=="])
async def test_a_person_is_the_same_however_a_token_spells_the_id(
    other: Api, discord: Discord, padding: str
) -> None:
    own = own_of(discord)
    first, _, rest = own["discord"].partition(".")
    respelt = {**own, "discord": f"{first}{padding}.{rest}"}

    posted = await post(other, respelt)
    submitted = await other.create("a cat", **respelt)

    assert (posted.status, submitted.status) == (409, 409)
    assert (await other.get("/v1/pixverse/account")).status == 404


async def test_a_passing_account_holds_its_place_while_it_has_a_job(
    api: Api, other: Api, discord: Discord
) -> None:
    spare = discord.spares[0]
    first = (await other.create("a cat #slow=2", **spare)).body

    while_it_runs = await post(api, spare)
    await other.ended(first["jobid"])
    afterwards = await post(api, spare)
    await until(api, spare["channel"], "connected")
    late = await other.create("a cat", **spare)

    assert while_it_runs.status == 409
    assert afterwards.status == 204
    assert late.status == 409


async def test_a_forged_token_holds_no_place(api: Api, other: Api, discord: Discord) -> None:
    spare = discord.spares[0]
    squatted = await post(other, forged(spare))
    await until(other, spare["channel"], "bad_token")

    posted = await post(api, spare)
    await until(api, spare["channel"], "connected")
    answer = await api.create("a cat", channel=spare["channel"])
    made = await api.ended(answer.body["jobid"])
    async with asyncio.timeout(LIMIT_S):
        while (await other.get("/v1/pixverse/account")).status != 404:
            await asyncio.to_thread(lambda: None)
    back = await post(other, forged(spare))

    assert (squatted.status, posted.status, back.status) == (204, 204, 409)
    assert made["status"] == "completed"


async def test_a_place_is_free_when_its_account_is_deleted(api: Api, other: Api, discord: Discord) -> None:
    own = own_of(discord)
    await api.call("DELETE", f"/v1/pixverse/account/{own['channel']}")

    posted = await post(other, own)
    await until(other, own["channel"], "connected")
    answer = await other.create("a cat")
    made = await other.ended(answer.body["jobid"])
    back = await post(api, own)

    assert posted.status == 204
    assert made["status"] == "completed"
    assert back.status == 409


async def test_a_place_is_of_the_person_and_not_of_the_account(
    api: Api, other: Api, discord: Discord
) -> None:
    own, spare = own_of(discord), discord.spares[0]
    changed = await post(other, spare)
    await until(other, spare["channel"], "connected")
    person = own["discord"].partition(".")[0]

    stolen = await post(other, {**own, "discord": f"{person}.forged.token"})
    answer = await api.create("a cat", channel=own["channel"])

    assert (changed.status, stolen.status) == (204, 409)
    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"
