"""A picture that is too large for Discord: refused with the account's limit, or told with the job's end."""

import asyncio

from tests.tools.databases import both_engines
from tests.tools.pictures import png
from tests.tools.verbs import send
from tests.tools.world import LIMIT_S, Api, Discord

MIB = 1024 * 1024
NITRO_BASIC = 3
LARGE = ("image", png(10 * MIB + 1), "image.png", "image/png")


@both_engines
async def test_a_picture_over_discords_limit_is_refused_until_the_account_may_upload_more(
    api: Api, discord: Discord
) -> None:
    before = await send(api, "animate", LARGE)
    await discord.subscribe(discord.world["accounts"][0]["user_id"], NITRO_BASIC)
    async with asyncio.timeout(LIMIT_S):
        while (after := await send(api, "animate", LARGE)).status == 400:
            continue
    record = await api.ended(after.body["jobid"])

    assert (before.status, before.body["error"]) == (400, "image is too large, the limit is 10485760 bytes")
    assert "Discord's limit" in before.body["errorDetails"]
    assert (record["status"], record["image"]["size"]) == ("completed", len(LARGE[1]))


async def test_a_413_of_discord_ends_the_job_with_reason_and_limit(api: Api, discord: Discord) -> None:
    route = f"/channels/{discord.world['channel_id']}/attachments"
    await discord.fault("rest", route=route, status=413)

    answer = await send(api, "animate", ("image", png(), "image.png", "image/png"))
    record = await api.ended(answer.body["jobid"])

    assert answer.status == 502
    assert answer.body["errorDetails"].startswith("Discord takes no file of ")
    assert answer.body["errorDetails"].endswith("(413): its limit is 10485760 bytes")
    assert (record["status"], record["errorDetails"]) == ("failed", answer.body["errorDetails"])
