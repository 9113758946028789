"""The PixVerse bot: its texts, the four ways of completion, buttons, modals."""

from tests.tools.raw_user import Json, RawUser, files_of, is_finished


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
