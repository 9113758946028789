"""Whose video it is when the bot's last words are not those that were expected, and carry no id."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bridge.sandbox import Sandbox
from tests.sandbox.raw_bot import RawBot
from tests.tools.pictures import png
from tests.tools.raw_user import Json, RawUser
from tests.tools.verbs import completed, press
from tests.tools.world import Api, Discord

FILM = b"a film of some bytes"


class OwnBot(RawBot):
    """A bot that says what a test wants it to say."""

    async def starts(self, text: str) -> Json:
        """Answer the next command with a text; `{me}` is who ran it, `{given}` what was given as a prompt."""
        interaction = await self.heard()
        await self.answer(interaction, 4, {"content": self.filled(text, interaction)})
        return interaction

    async def ends(self, text: str, interaction: Json, name: str = "output.mp4") -> None:
        """Post a video that has nothing in common with the command but its text."""
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps({"content": self.filled(text, interaction)}))
        form.add_field("files[0]", FILM, filename=name, content_type="video/mp4")
        status, said = await self.call("POST", f"/channels/{self.user.channel_id}/messages", data=form)
        assert status == 200, said

    @staticmethod
    def filled(text: str, interaction: Json) -> str:
        """Return a text about an interaction."""
        options = {row["name"]: row["value"] for row in interaction["data"].get("options", ())}
        me = f"<@{interaction['member']['user']['id']}>"
        return text.format(me=me, given=options.get("prompt", ""))


@pytest.fixture
async def bot(sandbox: Sandbox, http: aiohttp.ClientSession, api: Api) -> AsyncIterator[OwnBot]:
    found = await OwnBot.login(RawUser(http, sandbox.world()))
    assert isinstance(found, OwnBot)
    yield found
    await found.gateway.socket.close()


START = "{me} We are making videos. We will notify you when it's done. (prompt: {given}) Author: {me}"


async def asked(api: Api, bot: OwnBot, **fields: Any) -> tuple[str, Json]:
    """Ask for a video; return the job's id and the interaction, once the bot has begun."""
    answer, interaction = await asyncio.gather(api.create(**fields), bot.starts(START))
    assert answer.body["status"] == "started"
    return answer.body["jobid"], interaction


@pytest.mark.parametrize(
    "prompt",
    [
        "portrait in Ghibli style: soft light #plain",
        "main character: a small robot #plain",
        "no negative-prompt: at all, aspect-ratio: wide (prompt: none #plain",
    ],
)
async def test_a_buttons_prompt_that_holds_keys_of_the_bots_text_keeps_its_video(
    api: Api, prompt: str
) -> None:
    parent = await completed(api)

    answer = await press(api, parent["jobid"], "V1", prompt=prompt)
    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert prompt in record["content"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"seed_value": 1}, {"seed_value": 2}),
        ({"negative_prompt": "fog"}, {"negative_prompt": "rain"}),
        ({"style": "Anime"}, {"style": "Realistic"}),
        ({"aspect_ratio": "16:9"}, {"aspect_ratio": "9:16"}),
        ({}, {"verb": "create"}),
    ],
    ids=["seed", "negative prompt", "style", "aspect ratio", "verb"],
)
async def test_look_alikes_of_a_bot_that_rewrites_each_get_their_own_video(
    api: Api, discord: Discord, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """They wait for one another as long as the text of the first one's video could mean both."""
    jobs = await asyncio.gather(
        *(ask(api, "a dog in a house #rewritten #plain", **each) for each in (one, other))
    )

    records = await asyncio.gather(*(api.ended(job) for job in jobs))

    assert [record["status"] for record in records] == ["completed", "completed"]
    await each_has_its_own(discord, records, [one, other])


async def ask(api: Api, prompt: str, verb: str = "create_single", **fields: Any) -> str:
    body = {"prompt": prompt, "style": "Realistic", **fields}
    answer = await api.call("POST", f"/v1/pixverse/{verb}", json=body)
    return str(answer.body["jobid"])


async def each_has_its_own(discord: Discord, records: list[Any], asked: list[dict[str, Any]]) -> None:
    """Check that each job's video was made by a command with its fields."""
    names = {"seed_value": "seed-value", "negative_prompt": "negative-prompt", "aspect_ratio": "aspect-ratio"}
    made = [await discord.asked_for(record["attachments"][0]["url"]) for record in records]
    for options, fields in zip(made, asked, strict=True):
        given = options if isinstance(options, dict) else {row["name"]: row["value"] for row in options}
        expected = {names.get(name, name): value for name, value in fields.items() if name != "verb"}
        assert {name: given.get(name) for name in expected} == expected


async def test_two_buttons_with_one_prompt_each_get_their_own_video(api: Api, discord: Discord) -> None:
    parent = await completed(api)
    prompt = "a dog in a house #rewritten #plain"

    answers = await asyncio.gather(
        *(press(api, parent["jobid"], name, prompt=prompt) for name in ("V1", "V2"))
    )
    records = await asyncio.gather(*(api.ended(answer.body["jobid"]) for answer in answers))

    assert [record["status"] for record in records] == ["completed", "completed"]
    made = {await discord.made_by(record["attachments"][0]["url"]) for record in records}
    assert len(made) == 2


@pytest.mark.parametrize("is_private", [False, True])
@pytest.mark.parametrize(
    ("title", "description", "status"),
    [
        ("Apologies!", "Our AI moderator thinks that this is not fit.", "moderated"),
        ("Hold on", "There are too many requests in your queue.", "failed"),
        ("Sorry", "The generation has failed.", "failed"),
    ],
)
async def test_what_the_bot_says_in_an_embed_ends_the_job(
    api: Api, bot: OwnBot, title: str, description: str, status: str, is_private: bool
) -> None:
    embed = {"title": title, "description": description}
    data = {"embeds": [embed], "flags": 64 if is_private else 0}

    async def refuse() -> None:
        await bot.answer(await bot.heard(), 4, data)

    answer, _ = await asyncio.gather(api.create("a cat"), refuse())
    ended = await api.ended(answer.body["jobid"])

    assert ended["status"] == status
    assert title in ended["error"]
    assert description in ended["error"]


@pytest.mark.parametrize(
    "last",
    [
        "{me} (prompt: a cat on a red roof style: Realistic) Author: {me})",
        "{me} (prompt: A cat, on a red…) Author: {me})",
        "{me} (prompt: a kitten on a red roof, 4k) Author: {me})",
        "{me} () Author: {me})",
        "{me}",
    ],
)
async def test_last_words_that_differ_or_are_absent_lose_no_video_of_the_only_job(
    api: Api, bot: OwnBot, last: str
) -> None:
    job, interaction = await asked(api, bot, prompt="a cat on a red roof.")

    await bot.ends(last, interaction)

    assert (await api.ended(job))["status"] == "completed"


async def test_a_picture_without_a_prompt_gets_a_video_without_words(api: Api, bot: OwnBot) -> None:
    form = aiohttp.FormData()
    form.add_field("image", png(), filename="a.png", content_type="image/png")
    answer, interaction = await asyncio.gather(
        api.call("POST", "/v1/pixverse/animate", data=form),
        bot.starts("{me} We are making videos. () Author: {me}"),
    )

    await bot.ends("{me} () Author: {me})", interaction)

    assert (await api.ended(answer.body["jobid"]))["status"] == "completed"


async def test_the_same_file_for_the_same_command_a_second_time_is_the_second_video(
    api: Api, bot: OwnBot
) -> None:
    ended = []
    for _ in range(2):
        job, interaction = await asked(api, bot, prompt="a cat")
        await bot.ends("{me} (prompt: a cat style: Realistic) Author: {me})", interaction)
        ended.append(await api.ended(job))

    assert [record["status"] for record in ended] == ["completed", "completed"]
    assert len({record["messageId"] for record in ended}) == 2


async def test_a_video_without_words_is_given_to_nobody_while_two_may_be_meant(api: Api, bot: OwnBot) -> None:
    first, interaction = await asked(api, bot, prompt="a cat")
    second, other = await asked(api, bot, prompt="two dogs at sea")

    await bot.ends("{me}", interaction, name="cat.mp4")
    await bot.ends("{me} (prompt: two dogs at sea) Author: {me})", other, name="dogs.mp4")

    records = [await api.ended(job) for job in (first, second)]
    assert [record["attachments"][0]["filename"] for record in records] == ["cat.mp4", "dogs.mp4"]


async def test_a_video_that_no_job_got_is_in_the_health_of_its_account(api: Api, bot: OwnBot) -> None:
    job, interaction = await asked(api, bot, prompt="a cat")
    before = await account_health(api)

    await bot.ends("{me} (prompt: two dogs at sea) Author: {me})", interaction, name="dogs.mp4")
    await bot.ends("{me} (prompt: a cat) Author: {me})", interaction, name="cat.mp4")
    record = await api.ended(job)
    after = await account_health(api)

    newest = after["unmatched"]["newest"]
    assert "unmatched" not in before
    assert record["attachments"][0]["filename"] == "cat.mp4"
    assert (after["unmatched"]["count"], newest["why"]) == (1, "matches no job")
    assert int(newest["messageId"]) < int(record["messageId"])


async def account_health(api: Api) -> Any:
    [row] = (await api.get("/v1/pixverse/health")).body["accounts"]
    return row
