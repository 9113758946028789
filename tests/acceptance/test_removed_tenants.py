"""A tenant is removed beside a running bridge: nothing is left, and who takes its name inherits nothing."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.cli import tenants, tokens
from bridge.cli.tokens import NewToken
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, TenantInUse
from bridge.store.database import Tx
from bridge.store.rows import removals
from tests.tools.rows import a_token, left_of
from tests.tools.world import Answer, Api, Discord, Receiver

JSON = {"Accept": "application/json", "Last-Event-ID": "0"}


@pytest.fixture
def beside(tmp_path: Path) -> Settings:
    """The settings of a command that is run beside the bridge."""
    return Settings(data_dir=tmp_path)


async def client_of(bridge: RunningBridge, http: aiohttp.ClientSession, text: str) -> Api:
    await bridge.foundation.database.write(lambda tx: a_token(tx, text, tenant="acme"))
    return await Api(bridge.url, http, text).until_known()


async def post(api: Api, account: dict[str, Any]) -> Answer:
    """Put an account into a tenant's list."""
    return await api.call(
        "POST", f"/v1/pixverse/account/{account['channel']}", json={**account, "maxJobs": 3}
    )


async def test_nothing_of_a_removed_tenant_is_left(
    bridge: RunningBridge,
    http: aiohttp.ClientSession,
    api: Api,
    discord: Discord,
    receiver: Receiver,
    beside: Settings,
) -> None:
    acme, spare = await client_of(bridge, http, "first-of-acme"), discord.spares[0]
    await post(acme, spare)
    key = {"headers": {"Idempotency-Key": "one"}}
    body = {"prompt": "a cat", "style": "Realistic", "replyUrl": receiver.url}
    made = (await acme.call("POST", "/v1/pixverse/create", json=body, **key)).body
    await acme.call("POST", "/v2/account", json={"name": "Acme"})
    await acme.ended(made["jobid"])
    await receiver.next()
    before = left_of(beside.data_dir, "acme")

    await tenants.removing("acme", is_forced=False)(beside)
    after = left_of(beside.data_dir, "acme")
    async with asyncio.timeout(30):
        while (closed := await acme.get("/v1/pixverse/jobs")).status != 401:
            await asyncio.to_thread(lambda: None)
    moved = await post(api, spare)
    heir = await client_of(bridge, http, "second-of-acme")
    secret = await heir.get("/v1/pixverse/callbacks/secret")
    inherited = [
        (await heir.get(path, headers=JSON)).body
        for path in (
            f"/v1/pixverse/jobs/?jobid={made['jobid']}",
            "/v1/pixverse/jobs/history",
            "/v1/pixverse/events",
            "/v1/pixverse/callbacks",
            "/v1/pixverse/health",
            "/v2/account",
        )
    ]
    again = await heir.call("POST", "/v1/pixverse/create", json=body, **key)

    assert before.keys() >= {"accounts", "jobs", "events", "deliveries", "idempotency", "places", "tenants"}
    assert after == {}
    assert "unknown" in closed.headers["WWW-Authenticate"]
    assert moved.status == 204
    assert secret.body["secret"].startswith("whsec_")
    assert inherited[0] == {"error": f"Unable to locate job {made['jobid']}", "code": 404}
    assert [found.get("jobs", found.get("events", found.get("callbacks"))) for found in inherited[1:4]] == [
        []
    ] * 3
    assert inherited[4]["accounts"] == []
    assert inherited[5] == {"code": 200}
    assert again.status == 400


async def test_running_jobs_keep_a_tenant_unless_it_is_forced(
    bridge: RunningBridge, http: aiohttp.ClientSession, api: Api, discord: Discord, beside: Settings
) -> None:
    acme, spare = await client_of(bridge, http, "first-of-acme"), discord.spares[0]
    made = await acme.create("a cat #slow=600", **spare)

    with pytest.raises(TenantInUse):
        await tenants.removing("acme", is_forced=False)(beside)
    await tenants.removing("acme", is_forced=True)(beside)
    moved = await post(api, spare)

    assert made.status == 200
    assert left_of(beside.data_dir, "acme") == {}
    assert moved.status == 204


async def test_a_name_is_free_when_the_removal_has_come_to_its_end(
    bridge: RunningBridge, beside: Settings
) -> None:
    def interrupted(tx: Tx) -> None:
        removals.begin(tx, "acme")

    await bridge.foundation.database.write(interrupted)

    with pytest.raises(ConfigurationError, match="is being removed"):
        await tokens.creating(NewToken(tenant="acme"), as_json=True)(beside)
    await tenants.removing("acme", is_forced=False)(beside)
    await tokens.creating(NewToken(tenant="acme"), as_json=True)(beside)
