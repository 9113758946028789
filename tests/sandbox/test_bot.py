"""The PixVerse bot: its texts, the four ways of completion, buttons, modals and magic words."""

import pytest

from bridge.sandbox.bot.texts import MODERATION
from tests.sandbox.raw_user import Json, RawUser, is_finished


def files_of(message: Json) -> list[tuple[str, int]]:
    return [(each["filename"], each["size"]) for each in message["attachments"]]


def faces_of(message: Json) -> list[str]:
    buttons = [button for row in message["components"] for button in row["components"]]
    return [button.get("label") or button["emoji"]["name"] for button in buttons]


async def test_create_starts_progresses_and_completes_with_four_videos(user: RawUser) -> None:
    gateway = await user.login()

    body = await user.create(
        "a cat", **{"negative-prompt": "dogs", "aspect-ratio": "16:9", "character": "klee"}
    )
    start = await gateway.until("MESSAGE_CREATE")
    progress = await gateway.until("MESSAGE_UPDATE")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    facts = "prompt: a cat style: Anime negative-prompt: dogs aspect-ratio: 16:9 character: klee"
    notice = "We are making videos. We will notify you when it's done."
    assert start["content"] == f"<@{user.id}> {notice} ({facts}) Author: <@{user.id}>"
    assert start["nonce"] == body["nonce"]
    assert progress["content"] == start["content"] + " (33%)"
    assert "nonce" not in progress
    shown = "prompt: a cat style: Anime aspect-ratio: 16:9 character: klee"
    assert done["content"] == f"<@{user.id}> ({shown}) Author: <@{user.id}>)"
    assert len(set(files_of(done))) == 4
    assert faces_of(done) == ["U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "ReDo"]
    assert done["attachments"][0]["content_type"] == "video/mp4"
    assert (done["attachments"][0]["width"], done["attachments"][0]["height"]) == (480, 270)


async def test_an_answer_says_whose_interaction_it_belongs_to(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat")
    created = await gateway.until("INTERACTION_CREATE")
    start = await gateway.until("MESSAGE_CREATE")

    assert start["interaction_metadata"]["id"] == created["id"]
    assert start["interaction_metadata"]["user"]["id"] == user.id
    assert start["interaction_metadata"]["name"] == "create"
    assert start["guild_id"] == user.world["guild_id"]
    assert start["type"] == 20


async def test_the_nonce_is_for_the_acting_user_alone(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat")
    await gateway.until("MESSAGE_UPDATE", is_finished)

    assert "nonce" not in (await user.history())[0]


async def test_completion_as_an_edit(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat #edited")
    start = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    assert done["id"] == start["id"]
    assert done["edited_timestamp"] is not None


async def test_completion_as_a_follow_up(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat #followup")
    start = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_CREATE")

    assert done["webhook_id"] == user.world["application_id"]
    assert done["interaction_metadata"]["id"] == start["interaction_metadata"]["id"]
    assert done["interaction_metadata"]["original_response_message_id"] == start["id"]
    assert "nonce" not in done


async def test_completion_as_a_reply(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat #reply")
    start = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_CREATE")

    assert done["message_reference"]["message_id"] == start["id"]
    assert done["referenced_message"]["id"] == start["id"]
    assert "interaction_metadata" not in done
    assert "nonce" not in done


async def test_completion_as_a_plain_message(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat #plain")
    await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_CREATE")

    assert is_finished(done)
    assert not {"interaction_metadata", "message_reference", "webhook_id", "nonce"} & done.keys()


@pytest.mark.parametrize("words", ["#moderated", "#moderated-late", "#moderated-late #plain"])
async def test_a_refusal_uses_the_words_of_the_bot(user: RawUser, words: str) -> None:
    gateway = await user.login()

    await user.create(f"a cat {words}")
    names = ("MESSAGE_CREATE", "MESSAGE_UPDATE")
    refusal = await gateway.until(names, lambda message: message["content"] == MODERATION)

    messages = [event for event in gateway.seen if event["t"] in names]
    assert len(messages) == (1 if words == "#moderated" else 4)
    assert not is_finished(refusal)


@pytest.mark.parametrize("words", ["#ephemeral", "#moderated #ephemeral", "#moderated-late #ephemeral"])
async def test_an_ephemeral_refusal_is_nowhere_but_in_an_event(user: RawUser, words: str) -> None:
    gateway = await user.login()

    await user.create(f"a cat {words}")
    refusal = await gateway.until("MESSAGE_CREATE", lambda message: message["content"] == MODERATION)

    assert refusal["flags"] & 64
    assert not {"guild_id", "member"} & refusal.keys()
    assert MODERATION not in [row["content"] for row in await user.history()]


async def test_silent_is_created_and_then_nothing(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat #silent")
    await user.create("a dog")
    await gateway.until("MESSAGE_UPDATE", is_finished)

    names = gateway.names()
    assert names.count("INTERACTION_CREATE") == 2
    assert names.count("INTERACTION_SUCCESS") == 1
    assert "INTERACTION_FAILURE" not in names
    assert names.count("MESSAGE_CREATE") == 1


async def test_slow_takes_its_time(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat #slow=600")
    await user.create("a dog")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    assert "a dog" in done["content"]


async def test_fail_fails_at_once(user: RawUser) -> None:
    gateway = await user.login()

    body = await user.create("a cat #fail")
    created = await gateway.until("INTERACTION_CREATE")
    failure = await gateway.until("INTERACTION_FAILURE")

    assert failure == {"id": created["id"], "nonce": body["nonce"], "reason_code": 1}


async def test_throttled_is_refused_and_does_not_run(user: RawUser) -> None:
    gateway = await user.login()
    body = await user.slash_body("create", {"prompt": "a cat #throttled", "style": "Anime"})

    async with user.http.post(
        f"{user.world['api_url']}/v9/interactions", json=body, headers={"Authorization": user.token}
    ) as answer:
        said = await answer.json()

    assert answer.status == 429
    assert said == {"message": "You are being rate limited.", "retry_after": 2.0, "global": False}
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["Via"]
    assert "INTERACTION_CREATE" not in await gateway.catch_up()
    assert (await user.journal())[0]["accepted"] is False


async def test_twice_posts_each_message_again_with_the_same_files(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat #twice")
    start = await gateway.until("MESSAGE_CREATE")
    again = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)
    done_again = await gateway.until("MESSAGE_CREATE")

    assert again["content"] == start["content"]
    assert again["id"] != start["id"]
    assert "interaction_metadata" not in again
    assert done_again["id"] != done["id"]
    assert files_of(done_again) == files_of(done)
    assert {each["id"] for each in done_again["attachments"]}.isdisjoint(
        {each["id"] for each in done["attachments"]}
    )


@pytest.mark.parametrize("way", ["edited", "followup", "reply", "plain"])
async def test_early_completes_before_the_answer_and_the_start(user: RawUser, way: str) -> None:
    gateway = await user.login()

    await user.create(f"a cat #early #{way}")
    start = await gateway.until("MESSAGE_CREATE", lambda message: not is_finished(message))

    before = gateway.seen[: [event["d"] for event in gateway.seen].index(start)]
    assert [event["t"] for event in before if event["t"] == "INTERACTION_SUCCESS"] == []
    assert is_finished(before[-1]["d"])
    assert start["nonce"]


async def test_rewritten_echoes_another_prompt_consistently(user: RawUser) -> None:
    gateway = await user.login()

    await user.create("a cat in a house #rewritten")
    start = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    echo = "prompt: **a  kitten  in  a  home  #rewritten** style: Anime"
    assert echo in start["content"]
    assert echo in done["content"]


async def test_a_button_makes_one_more_video(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    parent = await gateway.until("MESSAGE_UPDATE", is_finished)

    body = user.press_body(parent, "U1")
    await user.send(body)
    start = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    notice = "Hi! We are remaking your videos. We will notify you when it's done."
    assert start["content"] == f"<@{user.id}>  {notice} (prompt: a cat) Author: <@{user.id}>)"
    assert start["nonce"] == body["nonce"]
    assert start["interaction_metadata"]["interacted_message_id"] == parent["id"]
    assert len(done["attachments"]) == 1
    assert faces_of(done) == ["🔄", "🔀", "⏫", "ReDo"]


async def test_a_variation_asks_for_the_prompt_in_a_modal(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    parent = await gateway.until("MESSAGE_UPDATE", is_finished)

    press = user.press_body(parent, "V2")
    await user.send(press)
    modal = await gateway.until("INTERACTION_MODAL_CREATE")
    submit = user.modal_body(modal, "a red dog #reply")
    await user.send(submit)
    start = await gateway.until("MESSAGE_CREATE")
    done = await gateway.until("MESSAGE_CREATE", is_finished)

    assert modal["nonce"] == press["nonce"]
    assert modal["components"][0]["components"][0]["value"] == "a cat"
    assert start["nonce"] == submit["nonce"]
    assert start["interaction_metadata"]["triggering_interaction_metadata"]["id"] == modal["id"]
    assert "(prompt: a red dog #reply)" in start["content"]
    assert done["message_reference"]["message_id"] == start["id"]
    assert [entry["kind"] for entry in await user.journal()] == ["command", "component", "modal"]


async def test_a_throttled_modal_can_be_submitted_again(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    parent = await gateway.until("MESSAGE_UPDATE", is_finished)
    await user.send(user.press_body(parent, "V1"))
    modal = await gateway.until("INTERACTION_MODAL_CREATE")

    refused, _ = await user.send(user.modal_body(modal, "a dog #throttled"))
    accepted, _ = await user.send(user.modal_body(modal, "a dog"))
    repeated, _ = await user.send(user.modal_body(modal, "a dog"))

    assert (refused, accepted, repeated) == (429, 204, 400)


async def test_single_videos_come_one_at_a_time(user: RawUser) -> None:
    gateway = await user.login()

    body = await user.slash_body("create_single", {"prompt": "a cat", "style": "Anime", "seed-value": 7})
    await user.send(body)
    done = await gateway.until("MESSAGE_UPDATE", is_finished)

    assert len(done["attachments"]) == 1
    assert "7" not in done["content"].replace(user.id, "")
