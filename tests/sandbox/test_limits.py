"""Rate limits: buckets and their headers, the global limit, what is outside of both."""

from typing import Any

import pytest

from tests.sandbox.raw_bot import RawBot
from tests.tools.raw_user import RawUser

HEADERS = {"Limit", "Remaining", "Reset", "Reset-After", "Bucket"}


@pytest.fixture
async def bot(user: RawUser) -> RawBot:
    return await RawBot.login(user)


async def answer_to(user: RawUser, method: str, path: str, token: str = "", **more: Any) -> Any:
    url = f"{user.world['api_url']}/v10{path}"
    headers = {"Authorization": token} if token else {}
    async with user.http.request(method, url, headers=headers, **more) as answer:
        await answer.read()
        return answer


async def test_the_sixth_message_in_a_channel_is_one_too_many(user: RawUser, bot: RawBot) -> None:
    path, token = f"/channels/{user.channel_id}/messages", f"Bot {user.world['bot_token']}"

    answers = [await answer_to(user, "POST", path, token, json={"content": "x"}) for _ in range(6)]
    body = await answers[-1].json()

    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    assert {
        name.removeprefix("X-RateLimit-") for name in answers[0].headers if "RateLimit" in name
    } == HEADERS
    assert 0 < body["retry_after"] <= 5
    assert (body["global"], answers[-1].headers["X-RateLimit-Scope"]) == (False, "user")
    assert float(answers[-1].headers["Retry-After"]) >= body["retry_after"]


async def test_a_bucket_is_empty_again_after_its_time_and_apart_for_each_channel(
    user: RawUser, other: RawUser, bot: RawBot
) -> None:
    for _ in range(5):
        await bot.post("x")
    path = f"/channels/{other.channel_id}/messages"
    elsewhere, _ = await bot.call("POST", path, json={"content": "x"})
    refused = await bot.post("x")
    async with user.http.post(f"{user.world['cdn_url']}/_sandbox/clock", json={"advance_s": 6}):
        pass

    assert elsewhere == 200
    assert "retry_after" in refused
    assert (await bot.post("x"))["content"] == "x"


async def test_fifty_requests_a_second_are_the_most_for_anyone(user: RawUser) -> None:
    path = "/users/@me/application-command-index"

    answers = [await answer_to(user, "GET", path, user.token) for _ in range(60)]
    refused = next(answer for answer in answers if answer.status == 429)

    assert refused.headers["X-RateLimit-Global"] == "true"
    assert refused.headers["X-RateLimit-Scope"] == "global"
    assert (await refused.json())["global"] is True


async def test_users_are_told_of_no_buckets(user: RawUser) -> None:
    answer = await answer_to(user, "GET", f"/channels/{user.channel_id}/messages", user.token)

    assert not any("RateLimit" in name for name in answer.headers)


async def test_every_answer_has_been_through_a_proxy_and_says_when(user: RawUser) -> None:
    for path in ("/gateway", "/nowhere", "/users/@me"):
        answer = await answer_to(user, "GET", path)

        assert answer.headers["Via"]
        assert answer.headers["Date"].endswith("GMT")


async def test_the_first_answer_to_an_interaction_has_no_bucket_and_the_later_ones_do(
    user: RawUser, bot: RawBot
) -> None:
    await user.create("a cat")
    interaction = await bot.heard()
    token = f"{interaction['id']}/{interaction['token']}"

    body = {"type": 4, "data": {"content": "x"}}
    first = await answer_to(user, "POST", f"/interactions/{token}/callback", json=body)
    path = f"/webhooks/{interaction['application_id']}/{interaction['token']}/messages/@original"
    later = [await answer_to(user, "PATCH", path, json={"content": str(number)}) for number in range(6)]

    assert "X-RateLimit-Bucket" not in first.headers
    assert [answer.status for answer in later] == [200] * 5 + [429]
    assert later[0].headers["X-RateLimit-Limit"] == "5"


async def test_limits_can_be_put_out_of_force(user: RawUser, bot: RawBot) -> None:
    url = f"{user.world['cdn_url']}/_sandbox/limits"
    async with user.http.post(url, json={"kept": False}) as answer:
        assert await answer.json() == {"kept": False}

    messages = [await bot.post("x") for _ in range(8)]

    assert all("id" in message for message in messages)
