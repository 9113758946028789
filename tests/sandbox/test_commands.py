"""Commands that a bot defines over REST: ids stay, versions change, the index of users follows."""

from typing import Any

import pytest

from tests.sandbox.raw_bot import RawBot
from tests.tools.raw_user import Json, RawUser

PING: Json = {"name": "ping", "description": "Answers"}


@pytest.fixture
async def bot(user: RawUser) -> RawBot:
    return await RawBot.login(user)


def path_of(bot: RawBot, guild_id: str | None = None) -> str:
    place = f"/guilds/{guild_id}" if guild_id is not None else ""
    return f"/applications/{bot.world['application_id']}{place}/commands"


async def names_in_index(user: RawUser) -> set[str]:
    _, index = await user.call("GET", f"/guilds/{user.world['guild_id']}/application-command-index")
    return {each["name"] for each in index["application_commands"]}


async def test_a_put_keeps_the_ids_of_commands_whose_names_stay(bot: RawBot) -> None:
    _, before = await bot.call("GET", path_of(bot))
    ids = {each["name"]: each["id"] for each in before}

    create = {"name": "create", "description": "Make videos"}
    status, after = await bot.call("PUT", path_of(bot), json=[create, PING])

    assert status == 200
    assert [each["name"] for each in after] == ["create", "ping"]
    assert after[0]["id"] == ids["create"]
    assert after[1]["id"] not in ids.values()


async def test_the_users_index_follows_with_a_new_version(user: RawUser, bot: RawBot) -> None:
    gateway = await user.login()
    path = f"/guilds/{user.world['guild_id']}/application-command-index"
    _, before = await user.call("GET", path)

    await bot.call("PUT", path_of(bot), json=[PING])
    told = await gateway.until("GUILD_APPLICATION_COMMAND_INDEX_UPDATE")
    _, after = await user.call("GET", path)

    assert told == {"guild_id": user.world["guild_id"]}
    assert [each["name"] for each in after["application_commands"]] == ["ping"]
    assert int(after["version"]) > int(before["version"])


async def test_what_did_not_change_keeps_its_version(bot: RawBot) -> None:
    _, first = await bot.call("PUT", path_of(bot), json=[PING])
    _, same = await bot.call("PUT", path_of(bot), json=[PING])
    _, other = await bot.call("PUT", path_of(bot), json=[{**PING, "description": "Answers at once"}])

    assert same == first
    assert other[0]["id"] == first[0]["id"]
    assert other[0]["version"] != first[0]["version"]


async def test_a_command_of_the_guild_stands_beside_the_global_ones(user: RawUser, bot: RawBot) -> None:
    path = path_of(bot, user.world["guild_id"])

    created, command = await bot.call("POST", path, json=PING)
    again, overwritten = await bot.call("POST", path, json={**PING, "description": "Says pong"})
    _, listed = await bot.call("GET", path)

    assert (created, again) == (201, 200)
    assert command["guild_id"] == user.world["guild_id"]
    assert (overwritten["id"], overwritten["description"]) == (command["id"], "Says pong")
    assert [each["name"] for each in listed] == ["ping"]
    assert {"ping", "create"} <= await names_in_index(user)


async def test_a_command_is_read_changed_and_deleted_by_its_id(user: RawUser, bot: RawBot) -> None:
    _, command = await bot.call("POST", path_of(bot), json=PING)
    path = f"{path_of(bot)}/{command['id']}"

    _, changed = await bot.call("PATCH", path, json={"description": "Says pong"})
    _, read = await bot.call("GET", path)
    deleted, _ = await bot.call("DELETE", path)
    gone, said = await bot.call("GET", path)

    assert (changed["name"], changed["description"]) == ("ping", "Says pong")
    assert read == changed
    assert (deleted, gone, said["code"]) == (204, 404, 10063)
    assert "ping" not in await names_in_index(user)


async def test_a_new_command_can_be_used_at_once(user: RawUser, bot: RawBot) -> None:
    inner = {"type": 4, "name": "times", "description": "How often", "required": True}
    option = {"type": 1, "name": "loud", "description": "With noise", "options": [inner]}
    await bot.call("POST", path_of(bot), json={**PING, "options": [option]})
    command = await user.command("ping")
    rows = [{"type": 1, "name": "loud", "options": [{"type": 4, "name": "times", "value": 3}]}]
    named = {"id": command["id"], "name": "ping", "type": 1, "version": command["version"]}

    status, _ = await user.send(user.body(2, {**named, "options": rows}))

    assert status == 204
    assert (await bot.heard())["data"]["options"] == rows


@pytest.mark.parametrize(
    ("form", "path", "code"),
    [
        ({"name": "Ping", "description": "x"}, ["name"], "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "ping"}, ["description"], "BASE_TYPE_REQUIRED"),
        ({"description": "x"}, ["name"], "BASE_TYPE_REQUIRED"),
        ({**PING, "type": 9}, ["type"], "BASE_TYPE_CHOICES"),
        (
            {**PING, "options": [{"type": 3, "name": "a b", "description": "x"}]},
            ["options", "0", "name"],
            None,
        ),
    ],
)
async def test_a_bad_definition_is_refused_where_it_is_bad(
    bot: RawBot, form: Json, path: list[str], code: str | None
) -> None:
    status, said = await bot.call("POST", path_of(bot), json=form)

    place: Any = said["errors"]
    for step in path:
        place = place[step]
    assert (status, said["code"]) == (400, 50035)
    assert code in (None, place["_errors"][0]["code"])


async def test_all_that_is_wrong_with_a_name_is_told_at_once(bot: RawBot) -> None:
    _, said = await bot.call("PUT", path_of(bot), json=[PING, {"type": 1}])

    assert said["errors"]["1"].keys() == {"name", "description"}


async def test_commands_of_others_are_not_for_a_bot_nor_its_own_for_users(user: RawUser, bot: RawBot) -> None:
    other, said = await bot.call("GET", "/applications/123456789012345678/commands")
    stranger, also_said = await user.call("GET", path_of(bot))
    nowhere, where_said = await bot.call("GET", path_of(bot, "123456789012345678"))

    assert (other, said["code"]) == (403, 20012)
    assert (stranger, also_said["code"]) == (403, 20012)
    assert (nowhere, where_said["code"]) == (404, 10004)


async def test_words_of_other_languages_are_shown_when_asked_for(bot: RawBot) -> None:
    await bot.call("PUT", path_of(bot), json=[{**PING, "name_localizations": {"de": "klingel"}}])

    _, plain = await bot.call("GET", path_of(bot))
    _, full = await bot.call("GET", path_of(bot) + "?with_localizations=1")

    assert "name_localizations" not in plain[0]
    assert full[0]["name_localizations"] == {"de": "klingel"}
