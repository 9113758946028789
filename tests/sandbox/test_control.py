"""The control API: the world, the journal, orders that are not understood."""

from collections.abc import Sequence

import pytest

from bridge.sandbox.wire import Json
from tests.tools.raw_user import RawUser


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"fault": "earthquake"}, "fault must be one of drop_gateway,"),
        ({"fault": "rest"}, "route is missing"),
        ({"fault": "rest", "route": "interactions"}, "route must be a path"),
        ({"fault": "rest", "route": "/x", "status": 200}, "status must be 0"),
        ({"fault": "reconnect", "times": 2}, "times is not known here: allowed are user_id"),
        ({"fault": "duplicate_events", "times": 0}, "times must be a whole number"),
    ],
)
async def test_a_bad_order_is_answered_with_what_is_allowed(
    user: RawUser, order: dict[str, object], sentence: str
) -> None:
    async with user.http.post(f"{user.world['cdn_url']}/_sandbox/faults", json=order) as answer:
        said = await answer.json()

    assert answer.status == 400
    assert said["error"].startswith(sentence)


async def test_the_world_can_be_asked_for(user: RawUser) -> None:
    async with user.http.get(f"{user.world['cdn_url']}/_sandbox/world") as answer:
        world = await answer.json()

    assert world == user.world
    assert world["api_url"].endswith("/api")
    assert len(world["spare_accounts"]) == 8


async def test_the_journal_says_what_was_asked(user: RawUser) -> None:
    await user.login()

    body = await user.create("a cat #silent")

    entry = (await user.journal())[0]
    assert entry["nonce"] == body["nonce"]
    assert (entry["kind"], entry["command"]) == ("command", "create")
    assert entry["options"] == {"prompt": "a cat #silent", "style": "Anime"}
    assert (entry["user_id"], entry["channel_id"]) == (user.id, user.channel_id)
    assert (entry["accepted"], entry["status"]) == (True, 204)


async def test_messages_are_edited_to_order_by_their_authors(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat #slow=3600")
    start = await gateway.until("MESSAGE_CREATE")
    named = {"channel_id": start["channel_id"], "message_id": start["id"]}
    texts = [f"{number} % of it" for number in range(3)]

    status, _ = await edits(user, [{**named, "content": text} for text in texts])
    heard = [await gateway.until("MESSAGE_UPDATE", lambda d: d["content"] in texts) for _ in texts]

    assert status == 200
    assert [each["content"] for each in heard] == texts
    assert {each["author"]["id"] for each in heard} == {user.world["application_id"]}


async def test_an_edit_of_a_message_that_is_not_there_changes_nothing(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat #slow=3600")
    start = await gateway.until("MESSAGE_CREATE")
    known = {"channel_id": start["channel_id"], "message_id": start["id"], "content": "half of it"}

    await edits(user, [{**known, "channel_id": "5"}, {**known, "message_id": "5"}, known])
    heard = await gateway.until("MESSAGE_UPDATE", lambda d: d["content"] == "half of it")

    assert heard["id"] == start["id"]


@pytest.mark.parametrize("order", [{"channel_id": "1", "message_id": "2"}, "a text", {"content": 5}])
async def test_an_order_for_edits_that_makes_no_sense_is_refused(user: RawUser, order: object) -> None:
    status, said = await edits(user, [order])

    assert status == 400
    assert "edits must be" in said["error"]


async def edits(user: RawUser, wanted: Sequence[object]) -> tuple[int, Json]:
    order = {"edits": wanted, "per_second": 1000}
    async with user.http.post(f"{user.world['cdn_url']}/_sandbox/edits", json=order) as answer:
        return answer.status, await answer.json()
