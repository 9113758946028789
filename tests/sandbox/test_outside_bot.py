"""A bot of someone else plays the application: it is told of interactions and answers through REST."""

from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from bridge.sandbox.media import picture
from tests.tools.raw_user import Gateway, Json, RawUser


class Bot:
    """A bot: one gateway connection and the REST routes that need no token but the interaction's."""

    def __init__(self, user: RawUser, gateway: Gateway) -> None:
        self.user = user
        self.gateway = gateway

    async def heard(self) -> Json:
        return await self.gateway.until("INTERACTION_CREATE")

    async def answer(self, interaction: Json, kind: int, data: Json, query: str = "") -> tuple[int, Any]:
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback{query}"
        return await self.user.call(
            "POST", path, json={"type": kind, "data": data}, headers={"Authorization": ""}
        )

    async def webhook(self, interaction: Json, method: str, path: str = "", **more: Any) -> tuple[int, Any]:
        url = f"/webhooks/{interaction['application_id']}/{interaction['token']}{path}"
        return await self.user.call(method, url, headers={"Authorization": ""}, **more)


@pytest.fixture
async def bot(sandbox: Sandbox, user: RawUser) -> Bot:
    gateway = await Gateway.open(user.http, user.world["gateway_url"])
    await gateway.say(2, {"token": user.world["bot_token"], "intents": 1, "properties": {}})
    await gateway.until("GUILD_CREATE")
    return Bot(user, gateway)


async def test_an_outside_bot_is_told_and_answers(user: RawUser, bot: Bot) -> None:
    gateway = await user.login()

    body = await user.create("a cat")
    interaction = await bot.heard()
    status, said = await bot.answer(interaction, 4, {"content": "hello"}, "?with_response=true")
    message = await gateway.until("MESSAGE_CREATE")

    assert "nonce" not in interaction
    assert interaction["member"]["user"]["id"] == user.id
    assert interaction["data"]["options"][0]["value"] == "a cat"
    assert status == 200
    assert said["resource"]["message"]["id"] == message["id"]
    assert (message["content"], message["nonce"]) == ("hello", body["nonce"])


async def test_a_deferral_is_loading_until_it_is_edited(user: RawUser, bot: Bot) -> None:
    gateway = await user.login()
    await user.create("a cat")
    interaction = await bot.heard()

    await bot.answer(interaction, 5, {})
    deferral = await gateway.until("MESSAGE_CREATE")
    await bot.webhook(interaction, "PATCH", "/messages/%40original", json={"content": "done"})
    edited = await gateway.until("MESSAGE_UPDATE")

    assert (deferral["flags"], deferral["content"]) == (128, "")
    assert (edited["id"], edited["flags"], edited["content"]) == (deferral["id"], 0, "done")


async def test_the_answer_to_a_deferral_names_its_message_and_brings_no_resource(
    user: RawUser, bot: Bot
) -> None:
    gateway = await user.login()
    await user.create("a cat")

    _, said = await bot.answer(await bot.heard(), 5, {}, "?with_response=true")
    deferral = await gateway.until("MESSAGE_CREATE")

    assert said.keys() == {"interaction"}
    assert said["interaction"]["response_message_id"] == deferral["id"]
    assert said["interaction"]["response_message_loading"] is True


async def test_a_follow_up_fills_a_deferral_that_is_still_loading(user: RawUser, bot: Bot) -> None:
    gateway = await user.login()
    await user.create("a cat")
    interaction = await bot.heard()
    await bot.answer(interaction, 5, {})
    deferral = await gateway.until("MESSAGE_CREATE")

    _, first = await bot.webhook(interaction, "POST", json={"content": "one"})
    _, second = await bot.webhook(interaction, "POST", json={"content": "two"})

    assert first["id"] == deferral["id"]
    assert second["id"] != deferral["id"]


async def test_an_interaction_is_answered_once(user: RawUser, bot: Bot) -> None:
    await user.create("a cat")
    interaction = await bot.heard()

    await bot.answer(interaction, 4, {"content": "one"})
    again, said = await bot.answer(interaction, 4, {"content": "two"})
    unknown, also_said = await bot.answer({"id": "5", "token": "x"}, 4, {"content": "x"})
    no_webhook, webhook_said = await bot.webhook({**interaction, "token": "x"}, "POST", json={"content": "x"})

    assert (again, said["code"]) == (400, 40060)
    assert (unknown, also_said["code"]) == (404, 10062)
    assert (no_webhook, webhook_said["code"]) == (404, 10015)


async def test_an_answer_may_carry_a_file(user: RawUser, bot: Bot) -> None:
    gateway = await user.login()
    await user.create("a cat")
    interaction = await bot.heard()
    form = aiohttp.FormData()
    form.add_field("payload_json", '{"type": 4, "data": {"attachments": [{"id": 1, "filename": "cat.png"}]}}')
    form.add_field("files[1]", picture(), filename="x", content_type="application/octet-stream")

    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    status, _ = await user.call("POST", path, data=form)
    message = await gateway.until("MESSAGE_CREATE")

    file = message["attachments"][0]
    assert status == 204
    assert (file["filename"], file["content_type"]) == ("cat.png", "image/png")
    assert (file["width"], file["height"], file["size"]) == (240, 135, len(picture()))


async def test_components_get_ids_and_a_press_can_change_the_message(user: RawUser, bot: Bot) -> None:
    gateway = await user.login()
    await user.create("a cat")
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go", "emoji": None}
    await bot.answer(await bot.heard(), 4, {"components": [{"type": 1, "components": [button]}]})
    message = await gateway.until("MESSAGE_CREATE")

    await user.send(user.press_body(message, "Go"))
    press = await bot.heard()
    await bot.answer(press, 7, {"content": "went", "components": []})
    changed = await gateway.until("MESSAGE_UPDATE")

    row = message["components"][0]
    assert (row["id"], row["components"][0]["id"]) == (1, 2)
    assert "emoji" not in row["components"][0]
    assert press["message"]["id"] == message["id"]
    assert (changed["id"], changed["content"], changed["components"]) == (message["id"], "went", [])


async def test_the_built_in_bot_plays_again_when_the_outside_bot_leaves(user: RawUser, bot: Bot) -> None:
    gateway = await user.login()
    await bot.gateway.socket.close(code=1000)

    await user.create("a cat")

    assert "We are making videos" in (await gateway.until("MESSAGE_CREATE"))["content"]


async def test_a_bot_that_says_nothing_lets_the_interaction_fail(user: RawUser, bot: Bot) -> None:
    gateway = await user.login()

    body = await user.create("a cat")
    interaction = await bot.heard()
    failure = await gateway.until("INTERACTION_FAILURE")
    late, said = await bot.answer(interaction, 4, {"content": "late"})

    assert failure == {"id": interaction["id"], "nonce": body["nonce"], "reason_code": 2}
    assert (late, said["code"]) == (404, 10062)
