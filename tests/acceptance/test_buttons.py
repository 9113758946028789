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


@pytest.mark.parametrize("look", ["#more-buttons", "#more-buttons #components"])
async def test_a_button_that_no_row_knows_is_offered_and_pressed_by_its_label(api: Api, look: str) -> None:
    parent = await completed(api, f"a cat {look}")

    answer = await press(api, parent["jobid"], "Extend", value="is ignored")
    child = await api.ended(answer.body["jobid"])

    assert parent["otherButtons"] == ["Extend"]
    assert "Extend" not in parent["buttons"]
    assert len(parent["attachments"]) == 4
    assert (child["status"], child["button"]) == ("completed", "Extend")
    assert "value" not in child


async def test_a_menu_is_offered_with_its_choices_and_one_is_chosen(api: Api, discord: Discord) -> None:
    parent = await completed(api, "a cat #more-buttons #components")

    answer = await press(api, parent["jobid"], "Style", value="Anime")
    child = await api.ended(answer.body["jobid"])

    assert parent["selects"] == [{"name": "Style", "options": ["Realistic", "Anime", "3D Animation"]}]
    assert (child["status"], child["button"], child["value"]) == ("completed", "Style", "Anime")
    assert "style: anime" in child["content"]


async def test_what_a_message_does_not_offer_is_refused_in_the_contracts_words(api: Api) -> None:
    parent = await completed(api, "a cat #more-buttons #components")
    wishes: dict[str, dict[str, str]] = {
        "value is missing or empty": {"button": "Style"},
        "value Noir not supported, must be one of Realistic, Anime, 3D Animation": {
            "button": "Style",
            "value": "Noir",
        },
        "button Lip sync not supported": {"button": "Lip sync"},
        "button Share with not supported": {"button": "Share with", "value": "1"},
        "button Open in the app not supported": {"button": "Open in the app"},
        "button Extend does not support prompt": {"button": "Extend", "prompt": "x"},
        "button Extend not supported": {"button": "Extend", "jobid": "nobody"},
    }

    for text, wish in wishes.items():
        answer = await api.call("POST", "/v1/pixverse/button", json={"jobid": parent["jobid"], **wish})
        assert (answer.status, answer.body["error"]) == (400, text)


@pytest.mark.parametrize("way", ["#edited", "#plain"])
async def test_a_result_of_components_v2_completes_its_job_with_all_its_videos(api: Api, way: str) -> None:
    record = await completed(api, f"a cat {way} #components")

    assert record["status"] == "completed"
    assert [file["content_type"] for file in record["attachments"]] == ["video/mp4"] * 4
    assert all(file["size"] for file in record["attachments"])
    assert "a cat" in record["content"]
    assert record["embeds"] == [
        {
            "type": "image",
            "image": {"url": "https://example.org/logo.png", "proxy_url": "https://example.org/logo.png"},
        }
    ]
