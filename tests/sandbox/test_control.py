"""The control API: the world, the journal, orders that are not understood."""

import pytest

from tests.sandbox.raw_user import RawUser


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
