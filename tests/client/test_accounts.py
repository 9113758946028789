"""The accounts, as the client changes them, and what a full one answers."""

import pytest

from bridge.client import Client, Conflict, NotFound, TooManyRequests
from bridge.sandbox import Sandbox

CAT = "A cat, on a skateboard!"


async def test_an_account_is_added_paused_and_removed(client: Client, sandbox: Sandbox) -> None:
    spare = sandbox.spare_accounts()[0]
    channel = spare["channel"]

    await client.set_account(channel, discord=spare["discord"], server=spare["server"], max_jobs=2)
    await client.pause_account(channel)
    paused = await client.account(channel)
    with pytest.raises(Conflict, match="is paused"):
        await client.create(CAT, style="Realistic", channel=channel)
    await client.pause_account(channel, paused=False)
    there = await client.accounts()
    await client.remove_account(channel)

    assert (paused.is_paused, paused.max_jobs, paused.discord) == (True, 2, spare["discord"])
    assert len(there) == 2
    with pytest.raises(NotFound):
        await client.account(channel)


async def test_a_bridge_without_accounts_has_an_empty_list(client: Client) -> None:
    [account] = await client.accounts()
    await client.remove_account(account.channel)

    assert await client.accounts() == ()


async def test_one_job_too_many_names_those_that_run(client: Client) -> None:
    [account] = await client.accounts()
    await client.set_account(account.channel, discord=account.discord, server=account.server, max_jobs=1)
    running = await client.create("a cat #slow=600", style="Realistic")

    with pytest.raises(TooManyRequests) as full:
        await client.create("a dog", style="Realistic")

    assert (full.value.kind, full.value.executing) == ("slots", (running.id,))
    assert full.value.retry_after_s > 0
