"""REST: who may do what, validation, history, uploads, links."""

from typing import Any

import pytest

from tests.tools.raw_user import Json, RawUser, is_finished


@pytest.mark.parametrize("version", ["/v9", "/v10", ""])
async def test_a_token_says_who_one_is(user: RawUser, version: str) -> None:
    status, me = await user.call("GET", "/users/@me?with_analytics_token=true", version)

    assert status == 200
    assert me["id"] == user.id
    assert user.token.split(".")[0].rstrip("=") != user.id


async def test_a_wrong_token_is_refused(user: RawUser) -> None:
    user.token = "wrong"

    status, said = await user.call("GET", "/users/@me")

    assert (status, said) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_the_bots_token_is_for_bots(user: RawUser) -> None:
    user.token = user.world["bot_token"]
    refused, _ = await user.call("GET", "/users/@me")
    user.token = f"Bot {user.token}"
    status, me = await user.call("GET", "/users/@me")

    assert refused == 401
    assert (status, me["bot"]) == (200, True)


async def test_unknown_routes_are_not_found(user: RawUser) -> None:
    missing = await user.call("GET", "/nothing/here")
    wrong = await user.call("PUT", "/users/@me")

    assert missing == (404, {"message": "404: Not Found", "code": 0})
    assert wrong == (405, {"message": "405: Method Not Allowed", "code": 0})


async def test_the_command_index_shows_the_commands_of_pixverse(user: RawUser) -> None:
    _, index = await user.call("GET", f"/guilds/{user.world['guild_id']}/application-command-index")

    names = [command["name"] for command in index["application_commands"]]
    options = {option["name"] for command in index["application_commands"] for option in command["options"]}
    assert names == ["create", "create_single", "animate", "meme_face"]
    assert {"negative-prompt", "aspect-ratio", "hd-quality", "seed-value", "image", "face"} <= options
    assert index["applications"][0]["id"] == user.world["application_id"]


async def test_a_foreign_thread_is_no_access_and_an_unknown_one_no_channel(
    user: RawUser, other: RawUser
) -> None:
    foreign, said = await user.call("GET", f"/channels/{other.channel_id}/messages")
    unknown, also_said = await user.call("GET", "/channels/123/messages")

    assert (foreign, said["code"]) == (403, 50001)
    assert (unknown, also_said["code"]) == (404, 10003)


async def test_history_is_newest_first_whatever_is_asked(user: RawUser) -> None:
    path = f"/channels/{user.channel_id}/messages"
    ids = [(await user.call("POST", path, json={"content": f"note {n}"}))[1]["id"] for n in range(6)]
    newest = ids[::-1]

    assert [row["id"] for row in await user.history()] == newest
    assert [row["id"] for row in await user.history("?limit=2")] == newest[:2]
    assert [row["id"] for row in await user.history(f"?before={ids[3]}&limit=2")] == [ids[2], ids[1]]
    assert [row["id"] for row in await user.history(f"?after={ids[1]}&limit=2")] == [ids[3], ids[2]]
    assert [row["id"] for row in await user.history(f"?around={ids[2]}&limit=1")] == [ids[2]]
    assert [row["id"] for row in await user.history(f"?around={ids[2]}&limit=3")] == [ids[3], ids[2], ids[1]]


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?limit=x", "?after=x"])
async def test_history_refuses_what_it_cannot_read(user: RawUser, query: str) -> None:
    status, said = await user.call("GET", f"/channels/{user.channel_id}/messages{query}")

    assert (status, said["code"]) == (400, 50035)


async def test_a_single_message_is_for_bots_only(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    message = await gateway.until("MESSAGE_CREATE")
    path = f"/channels/{user.channel_id}/messages/{message['id']}"

    refused = await user.call("GET", path)
    user.token = f"Bot {user.world['bot_token']}"
    status, found = await user.call("GET", path)

    assert refused == (403, {"message": "Only bots can use this endpoint", "code": 20002})
    assert (status, found["id"]) == (200, message["id"])


async def test_an_archived_thread_is_not_in_ready_until_it_is_opened(user: RawUser) -> None:
    path = f"/channels/{user.channel_id}"
    await user.call("PATCH", path, json={"archived": True})
    gateway = await user.login()

    status, opened = await user.call("PATCH", path, json={"archived": False})
    update = await gateway.until("THREAD_UPDATE")

    listed = [each["id"] for each in gateway.seen[0]["d"]["guilds"][0]["threads"]]
    assert user.channel_id not in listed
    assert (status, opened["thread_metadata"]["archived"]) == (200, False)
    assert update["id"] == user.channel_id


async def test_an_answer_opens_an_archived_thread(user: RawUser) -> None:
    await user.call("PATCH", f"/channels/{user.channel_id}", json={"archived": True})
    gateway = await user.login()

    await user.create("a cat")

    assert (await gateway.until("THREAD_UPDATE"))["thread_metadata"]["archived"] is False


async def refused(user: RawUser, body: Json) -> tuple[int, int, Any]:
    status, said = await user.send(body)
    return status, said["code"], said.get("errors")


async def test_a_stale_command_is_refused_and_does_not_run(user: RawUser) -> None:
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})
    body["data"]["version"] = "1"

    status, code, errors = await refused(user, body)

    assert (status, code) == (400, 50035)
    assert errors["data"]["_errors"][0]["code"] == "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION"
    assert (await user.journal())[0]["accepted"] is False


@pytest.mark.parametrize(
    ("command", "options", "place"),
    [
        ("create", {"style": "Anime"}, ["prompt"]),
        ("create", {"prompt": "a cat"}, ["style"]),
        ("create", {"prompt": "a" * 513, "style": "Anime"}, ["0", "value"]),
        ("create", {"prompt": "a cat", "style": "Gothic"}, ["1", "value"]),
        ("create", {"prompt": "a cat", "style": "Anime", "mood": "dark"}, ["2", "name"]),
        ("create", {"prompt": 5, "style": "Anime"}, ["0", "value"]),
        ("create_single", {"prompt": "a cat", "style": "Anime", "seed-value": "5"}, ["2", "value"]),
        ("create_single", {"prompt": "a cat", "style": "Anime", "seed-value": -1}, ["2", "value"]),
        ("create_single", {"prompt": "a cat", "style": "Anime", "seed-value": 2**31}, ["2", "value"]),
        ("animate", {"image": "0"}, ["0", "value"]),
    ],
)
async def test_options_are_checked(user: RawUser, command: str, options: Json, place: list[str]) -> None:
    body = await user.slash_body(command, options)

    status, code, errors = await refused(user, body)

    wrong = errors["data"]["options"]
    for step in place:
        wrong = wrong[step]
    assert (status, code) == (400, 50035)
    assert wrong["_errors"][0]["code"]


async def test_a_nonce_has_at_most_25_characters(user: RawUser) -> None:
    body = await user.slash_body("create", {"prompt": "a cat", "style": "Anime"})
    body["nonce"] = "1" * 26

    status, code, errors = await refused(user, body)

    assert (status, code) == (400, 50035)
    assert errors["nonce"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"


async def test_interaction_events_go_to_the_named_session_only(user: RawUser) -> None:
    first, second = await user.login(), await user.login()
    user.session_id = first.session_id

    await user.create("a cat")
    await first.until("MESSAGE_UPDATE", is_finished)
    await second.until("MESSAGE_UPDATE", is_finished)

    assert "INTERACTION_SUCCESS" in first.names()
    assert not [name for name in second.names() if name.startswith("INTERACTION")]


async def test_a_button_must_be_in_that_message(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")
    done = await gateway.until("MESSAGE_UPDATE", is_finished)
    wrong = user.press_body(done, "U1")
    wrong["data"]["custom_id"] = "guessed"
    lost = {**user.press_body(done, "U1"), "message_id": "5"}

    status, code, errors = await refused(user, wrong)
    unknown = await refused(user, lost)

    assert (status, code) == (400, 50035)
    assert errors["data"]["_errors"][0]["code"] == "COMPONENT_VALIDATION_FAILED"
    assert unknown[:2] == (404, 10008)


async def test_a_modal_must_have_been_offered(user: RawUser) -> None:
    body = user.body(5, {"id": "5", "custom_id": "guessed", "components": []})

    status, code, _ = await refused(user, body)

    assert (status, code) == (400, 50035)


async def test_a_body_that_is_no_json_is_refused(user: RawUser) -> None:
    status, said = await user.call("POST", "/interactions", data=b"{nonsense")

    assert (status, said["code"]) == (400, 50109)
