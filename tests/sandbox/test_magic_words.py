"""Magic words: what a prompt can ask of the simulator."""

import pytest

from bridge.sandbox.bot.texts import MODERATION
from tests.tools.raw_user import RawUser, files_of, is_finished


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
