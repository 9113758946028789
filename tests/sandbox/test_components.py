"""Components of every kind: completed, numbered over the whole tree, passed on; modals of all forms."""

import json
from typing import Any

import aiohttp
import pytest

from bridge.sandbox.components import walk
from bridge.sandbox.media import picture
from tests.sandbox.raw_bot import RawBot
from tests.tools.raw_user import Gateway, Json, RawUser

V2 = 1 << 15
BUTTON: Json = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
PETS: Json = {"type": 3, "custom_id": "pet", "options": [{"label": "Cat", "value": "cat"}]}


@pytest.fixture
async def bot(user: RawUser) -> RawBot:
    return await RawBot.login(user)


@pytest.fixture
async def gateway(user: RawUser) -> Gateway:
    return await user.login()


async def told(user: RawUser, bot: RawBot) -> Json:
    """Start a command and return what the bot hears of it."""
    await user.create("a cat")
    return await bot.heard()


async def test_a_layout_of_version_2_is_numbered_and_shows_its_files(
    user: RawUser, bot: RawBot, gateway: Gateway
) -> None:
    section = {
        "type": 9,
        "components": [{"type": 10, "content": "Hello"}],
        "accessory": {"type": 11, "media": {"url": "attachment://cat.png"}},
    }
    inner = [section, {"type": 14}, {"type": 13, "file": {"url": "attachment://cat.png"}}, row_of(BUTTON)]
    gallery = {"type": 12, "items": [{"media": {"url": "https://example.com/a.png"}}]}
    layout = [{"type": 17, "id": 7, "components": inner}, gallery]
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({"type": 4, "data": {"flags": V2, "components": layout}}))
    form.add_field("files[0]", picture(), filename="cat.png")

    interaction = await told(user, bot)
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback?with_response=1"
    status, answer = await user.call("POST", path, data=form, headers={"Authorization": ""})
    message = await gateway.until("MESSAGE_CREATE")

    tree = list(walk(message["components"]))
    ids = [each["id"] for each in tree]
    thumbnail = next(each for each in tree if each["type"] == 11)
    file = next(each for each in tree if each["type"] == 13)
    assert (status, message["flags"], message["content"]) == (200, V2, "")
    assert len(set(ids)) == len(ids) == 9
    assert ids[0] == 7
    assert thumbnail["media"]["width"] == 240
    assert thumbnail["media"]["attachment_id"] == message["attachments"][0]["id"]
    assert (file["name"], file["size"]) == ("cat.png", len(picture()))
    assert answer["resource"]["message"]["id"] == message["id"]


async def test_a_select_menu_passes_on_what_was_chosen(user: RawUser, bot: RawBot, gateway: Gateway) -> None:
    await bot.answer(await told(user, bot), 4, {"components": [row_of(PETS)]})
    message = await gateway.until("MESSAGE_CREATE")
    chosen = {"component_type": 3, "custom_id": "pet", "values": ["cat"]}
    wrong = {**chosen, "values": ["dog"]}
    where = {"message_id": message["id"], "message_flags": 0}

    refused, _ = await user.send(user.body(3, wrong, **where))
    taken, _ = await user.send(user.body(3, chosen, **where))

    assert (refused, taken) == (400, 204)
    assert (await bot.heard())["data"]["values"] == ["cat"]


async def test_people_who_were_chosen_are_resolved(user: RawUser, bot: RawBot, gateway: Gateway) -> None:
    await bot.answer(await told(user, bot), 4, {"components": [row_of({"type": 5, "custom_id": "who"})]})
    message = await gateway.until("MESSAGE_CREATE")
    chosen = {"component_type": 5, "custom_id": "who", "values": [user.id]}

    await user.send(user.body(3, chosen, message_id=message["id"], message_flags=0))
    heard = (await bot.heard())["data"]

    assert heard["values"] == [user.id]
    assert heard["resolved"]["users"][user.id]["id"] == user.id
    assert heard["resolved"]["members"][user.id]["permissions"]


async def test_a_modal_may_have_labels(user: RawUser, bot: RawBot, gateway: Gateway) -> None:
    field = {"type": 4, "custom_id": "why", "style": 1}
    labels = [
        {"type": 10, "content": "Read this"},
        {"type": 18, "label": "Why?", "component": field},
        {"type": 18, "label": "Pet?", "component": PETS},
    ]
    interaction = await told(user, bot)
    await bot.answer(interaction, 9, {"custom_id": "ask", "title": "Tell", "components": labels})
    modal = await gateway.until("INTERACTION_MODAL_CREATE")
    said = [
        {"type": 18, "component": {"type": 4, "custom_id": "why", "value": "because"}},
        {"type": 18, "component": {"type": 3, "custom_id": "pet", "values": ["cat"]}},
    ]

    status, _ = await user.send(user.body(5, {"id": modal["id"], "custom_id": "ask", "components": said}))
    heard = (await bot.heard())["data"]["components"]

    assert status == 204
    assert [each["type"] for each in heard] == [10, 18, 18]
    assert heard[1]["component"]["value"] == "because"
    assert heard[2]["component"]["values"] == ["cat"]
    assert all(isinstance(each["id"], int) for each in walk(heard))


async def test_a_modal_that_follows_a_button_says_so_in_its_message(
    user: RawUser, bot: RawBot, gateway: Gateway
) -> None:
    await bot.answer(await told(user, bot), 4, {"components": [row_of(BUTTON)]})
    message = await gateway.until("MESSAGE_CREATE")
    await user.send(user.press_body(message, "Go"))
    row = row_of({"type": 4, "custom_id": "why", "style": 1, "label": "Why?"})
    press = await bot.heard()
    await bot.answer(press, 9, {"custom_id": "ask", "title": "Tell", "components": [row]})
    await user.send(user.modal_body(await gateway.until("INTERACTION_MODAL_CREATE"), "because"))
    submit = await bot.heard()

    refused, _ = await bot.answer(submit, 9, {"custom_id": "x", "title": "x", "components": [row]})
    await bot.answer(submit, 4, {"content": "thanks"})
    thanks = await gateway.until("MESSAGE_CREATE")

    origin = thanks["interaction_metadata"]
    assert refused == 400
    assert (submit["message"]["id"], origin["type"]) == (message["id"], 5)
    assert origin["triggering_interaction_metadata"]["interacted_message_id"] == message["id"]


@pytest.mark.parametrize(
    ("components", "flags", "path"),
    [
        ([{"type": 10, "content": "x"}], 0, ["0", "type"]),
        ([{"type": 99}], V2, ["0", "type"]),
        ([{"type": 1, "components": []}], 0, ["0", "components"]),
        ([{"type": 1, "components": [BUTTON, BUTTON]}], 0, ["0", "components", "1", "custom_id"]),
        ([{"type": 1, "components": [{"type": 2, "style": 5}]}], 0, ["0", "components", "0", "url"]),
        ([5], 0, ["0"]),
    ],
)
async def test_a_tree_that_discord_refuses_is_refused_where_it_is_wrong(
    user: RawUser, bot: RawBot, components: list[Any], flags: int, path: list[str]
) -> None:
    body = {"components": components, "flags": flags}

    status, said = await bot.call("POST", f"/channels/{user.channel_id}/messages", json=body)

    place = said["errors"]["components"]
    for step in path:
        place = place[step]
    assert (status, said["code"]) == (400, 50035)
    assert place["_errors"]


async def test_a_layout_has_no_content_beside_it(user: RawUser, bot: RawBot) -> None:
    body = {"components": [{"type": 10, "content": "x"}], "flags": V2, "content": "x"}

    status, said = await bot.call("POST", f"/channels/{user.channel_id}/messages", json=body)

    assert status == 400
    assert said["errors"]["content"]["_errors"][0]["code"].startswith("MESSAGE_CANNOT_USE_LEGACY_FIELDS")


async def test_only_a_message_with_a_button_can_be_updated(user: RawUser, bot: RawBot) -> None:
    interaction = await told(user, bot)

    updates = [await bot.answer(interaction, kind, {"content": "x"}) for kind in (6, 7, 8, 99)]

    assert [status for status, _ in updates] == [400] * 4
    assert updates[0][1]["errors"]["type"]["_errors"][0]["code"] == "BASE_TYPE_CHOICES"


def row_of(component: Json) -> Json:
    return {"type": 1, "components": [component]}
