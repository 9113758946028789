"""Buttons of completed jobs: pressed as they are now, with a prompt where the bot asks for one."""

from typing import Any

import pytest

from tests.tools.verbs import completed, press
from tests.tools.world import Api, Discord, Receiver


@pytest.mark.parametrize("button", ["U1", "U4", "ReDo"])
async def test_a_button_makes_a_new_job_of_its_parent(api: Api, button: str, receiver: Receiver) -> None:
    parent = await completed(api)

    answer = await press(api, parent["jobid"], button, replyUrl=receiver.url, replyRef="mine")
    callback = (await receiver.next())["job"]

    assert answer.status == 200
    assert (answer.body["status"], answer.body["button"]) == ("started", button)
    assert answer.body["parentJobId"] == parent["jobid"]
    assert answer.body["channel"] == parent["channel"]
    assert "prompt" not in answer.body
    assert (callback["status"], callback["replyRef"]) == ("completed", "mine")
    assert callback["messageId"] != parent["messageId"]
    assert (await api.job(parent["jobid"])) == parent


@pytest.mark.parametrize("prompt", ["a blue cat 🐈", None])
@pytest.mark.parametrize("way", ["#edited", "#followup", "#reply", "#plain"])
async def test_a_button_that_asks_for_a_prompt_is_given_it(
    api: Api, discord: Discord, prompt: str | None, way: str
) -> None:
    parent = await completed(api, f"a cat {way}")
    wish = {"prompt": f"{prompt} {way}"} if prompt else {}

    answer = await press(api, parent["jobid"], "V1", **wish)
    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert record.get("prompt") == wish.get("prompt")
    posts = [row["kind"] for row in await discord.interactions() if row["accepted"]]
    assert posts == ["command", "component", "modal"]
    assert wish.get("prompt", f"a cat {way}") in record["content"]


async def test_buttons_can_be_chained(api: Api) -> None:
    parent = await completed(api)

    for button in ("V2", "🔀", "🔄", "⏫"):
        answer = await press(api, parent["jobid"], button)
        child = await api.ended(answer.body["jobid"])
        assert (child["status"], child["parentJobId"]) == ("completed", parent["jobid"])
        parent = child


async def test_a_button_can_be_sent_as_form_data(api: Api) -> None:
    parent = await completed(api)
    form = {"jobid": parent["jobid"], "button": "U2"}

    answer = await api.call("POST", "/v1/pixverse/button", data=form)

    assert (answer.status, answer.body["button"]) == (200, "U2")


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"jobid": None}, 400, "jobid or button value is missing"),
        ({"button": ""}, 400, "jobid or button value is missing"),
        ({"button": "U9"}, 400, "button U9 not supported"),
        ({"button": "⏫"}, 400, "button ⏫ not supported"),
        ({"prompt": "x"}, 400, "button U1 does not support prompt"),
        ({"button": "V1", "prompt": "x" * 513}, 400, "prompt, replyRef or replyUrl is too long"),
        ({"jobid": "nobody"}, 404, "Unable to locate job nobody"),
    ],
)
async def test_a_bad_press_is_refused_in_the_contracts_words(
    api: Api, changes: dict[str, Any], status: int, text: str
) -> None:
    parent = await completed(api)
    body = {"jobid": parent["jobid"], "button": "U1", **changes}

    answer = await api.call("POST", "/v1/pixverse/button", json=body)

    assert (answer.status, answer.body["error"]) == (status, text)


async def test_a_parent_that_is_not_completed_has_no_buttons(api: Api) -> None:
    parent = await api.create("a cat #slow=60")

    answer = await press(api, parent.body["jobid"], "U1")

    assert answer.status == 400
    assert answer.body["error"] == f"jobid {parent.body['jobid']} is not completed"


async def test_a_parents_account_that_left_the_list_still_presses(api: Api, discord: Discord) -> None:
    """The token order: the one given, the one configured for the channel, the parent's own."""
    spare = discord.spares[0]
    answer = await api.create("a cat", **spare)
    parent = await api.ended(answer.body["jobid"])

    pressed = await press(api, parent["jobid"], "U1")
    record = await api.ended(pressed.body["jobid"])

    assert (record["status"], record["channel"]) == ("completed", spare["channel"])


async def test_a_token_without_access_to_the_parents_channel_needs_attention(
    api: Api, discord: Discord
) -> None:
    parent = await completed(api)

    answer = await press(api, parent["jobid"], "U1", discord=discord.spares[0]["discord"])

    assert answer.status == 409
    assert answer.body["error"] == f"Account {parent['channel']} needs attention"
    assert answer.body["errorDetails"]


async def test_a_refused_prompt_of_a_modal_is_told(api: Api) -> None:
    parent = await completed(api)

    answer = await press(api, parent["jobid"], "V1", prompt="a #moderated cat")

    assert answer.status == 422
    assert answer.body["error"].startswith("Apologies!")
