"""The world around the accounts: others in the thread, other bots, guilds, threads and permissions."""

import aiohttp
import pytest

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.sandbox.raw_bot import RawBot
from tests.tools.raw_user import Json, RawUser, is_finished


async def chatter(user: RawUser, **order: object) -> tuple[int, Json]:
    url = f"{user.world['cdn_url']}/_sandbox/chatter"
    async with user.http.post(url, json=order) as answer:
        return answer.status, await answer.json()


def place(user: RawUser, name: str) -> Json:
    found: Json = next(each for each in user.world["places"] if each["name"] == name)
    return found


async def test_strangers_join_a_thread_and_talk(user: RawUser) -> None:
    gateway = await user.login()

    await chatter(user, per_second=500, kinds=["users"], times=4)
    joined = await gateway.until("THREAD_MEMBERS_UPDATE")
    remarks = [await gateway.until("MESSAGE_CREATE") for _ in range(4)]
    edited = await gateway.until("MESSAGE_UPDATE")

    assert joined["member_count"] == 5
    assert not {each["author"]["id"] for each in remarks} & {user.id, user.world["application_id"]}
    assert edited["content"].endswith("(edited)")


async def test_another_bot_shows_files_and_buttons(user: RawUser) -> None:
    gateway = await user.login()

    await chatter(user, per_second=500, kinds=["bots"], times=1, prompt="a cat")
    shown = await gateway.until("MESSAGE_CREATE")

    assert shown["author"]["id"] == user.world["other_bots"][0]["application_id"]
    assert [each["content_type"] for each in shown["attachments"]] == ["image/png", "video/mp4"]
    assert "prompt: a cat" in shown["content"]
    assert shown["components"]


async def test_videos_that_a_stranger_ordered_arrive_in_the_same_thread(user: RawUser) -> None:
    gateway = await user.login()

    await chatter(user, per_second=500, kinds=["jobs"], times=1, prompt="a cat")
    start = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    assert done["id"] == start["id"]
    assert "nonce" not in start
    assert start["interaction_metadata"]["user"]["id"] not in {user.id, user.world["application_id"]}
    assert "INTERACTION_CREATE" not in gateway.names()
    assert await user.journal() == []


async def test_chatter_can_be_stopped(user: RawUser) -> None:
    await chatter(user, per_second=1)

    async with user.http.delete(f"{user.world['cdn_url']}/_sandbox/chatter") as answer:
        stopped = await answer.json()

    assert stopped == {"stopped": 1}


@pytest.mark.parametrize(
    "order", [{"kinds": ["ghosts"]}, {"kinds": []}, {"per_second": 0}, {"channel_id": "5"}, {"who": 1}]
)
async def test_an_order_for_chatter_that_makes_no_sense_is_refused(user: RawUser, order: Json) -> None:
    status, said = await chatter(user, **order)

    assert status == 400
    assert said["error"]


async def test_chatter_can_be_there_from_the_start(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(SandboxOptions(accounts=2, chatter=100, video_seconds=0.01)) as sandbox:
        user = RawUser(http, sandbox.world(), index=1)
        gateway = await user.login()

        assert await gateway.until("MESSAGE_CREATE")


async def test_a_small_guild_is_heard_without_subscribing(user: RawUser) -> None:
    gateway = await user.login(subscribe=False)
    general = place(user, "general")
    path = f"/channels/{general['channel_id']}/messages"

    await user.call("POST", path, json={"content": "hello"})
    message = await gateway.until("MESSAGE_CREATE")

    assert general["guild_id"] != user.world["guild_id"]
    assert (message["guild_id"], message["content"]) == (general["guild_id"], "hello")


async def test_announcements_can_be_read_but_not_made(user: RawUser) -> None:
    path = f"/channels/{place(user, 'announcements')['channel_id']}/messages"

    read, _ = await user.call("GET", path)
    refused, said = await user.call("POST", path, json={"content": "hello"})

    assert (read, refused, said["code"]) == (200, 403, 50013)


async def test_a_command_of_another_bot_is_for_that_bot_alone(user: RawUser) -> None:
    painter = user.world["other_bots"][0]
    user.world = {**user.world, "bot_token": painter["token"], "application_id": painter["application_id"]}
    bot = await RawBot.login(user)
    path = f"/applications/{painter['application_id']}/commands"
    await bot.call("POST", path, json={"name": "imagine", "description": "Paints"})
    await user.login()

    status, _ = await user.send(await user.slash_body("imagine", {}))

    heard = await bot.heard()
    assert status == 204
    assert (heard["application_id"], heard["data"]["name"]) == (painter["application_id"], "imagine")


async def test_nothing_is_edited_in_an_archived_thread_and_nothing_said_in_a_locked_one(
    user: RawUser,
) -> None:
    bot = await RawBot.login(user)
    message = await bot.post("hello")
    thread, one = f"/channels/{user.channel_id}", f"/channels/{user.channel_id}/messages/{message['id']}"

    await bot.call("PATCH", thread, json={"archived": True, "locked": True})
    edited, edit_said = await bot.call("PATCH", one, json={"content": "x"})
    posted, post_said = await user.call("POST", f"{thread}/messages", json={"content": "x"})
    opened, _ = await user.call("PATCH", thread, json={"archived": False})
    unlocked, _ = await bot.call("PATCH", thread, json={"archived": False, "locked": False})

    assert (edited, edit_said["code"]) == (400, 50083)
    assert (posted, post_said["code"]) == (400, 50083)
    assert (opened, unlocked) == (400, 200)


async def test_equal_seeds_make_equal_worlds() -> None:
    worlds = []
    for _ in range(2):
        async with run_sandbox(SandboxOptions(seed=7)) as sandbox:
            world = sandbox.world()
            worlds.append({name: world[name] for name in ("accounts", "places", "other_bots", "bot_token")})

    assert worlds[0] == worlds[1]


async def test_a_hundred_accounts_have_a_thread_each() -> None:
    async with run_sandbox(SandboxOptions(accounts=100)) as sandbox:
        world = sandbox.world()

    threads = {world["channel_id"], *(each["channel"] for each in world["spare_accounts"])}
    assert len(threads) == len(world["accounts"]) == 100
