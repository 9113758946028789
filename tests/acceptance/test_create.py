"""A video from the request to its link, in all four ways in which a bot may bring it."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from tests.tools.databases import both_engines
from tests.tools.world import Api, Discord, Receiver, bridge_on

WAYS = ("#edited", "#followup", "#reply", "#plain")


def files(record: dict[str, Any]) -> frozenset[str]:
    return frozenset(file["filename"] for file in record.get("attachments", []))


async def interaction_of(bridge: RunningBridge, record: dict[str, Any]) -> str:
    """Return the id that Discord gave to a job's interaction, as the bridge has stored it."""
    sql = "SELECT interaction_id FROM interactions WHERE job = :job AND is_void = 0"
    row = await bridge.foundation.database.read(lambda tx: tx.one(sql, job=record["jobid"]))
    return str(row["interaction_id"])  # type: ignore[index]


@both_engines
async def test_the_answer_tells_the_bots_first_message(api: Api) -> None:
    answer = await api.create("a cat", negative_prompt="sand", aspect_ratio="16:9", replyRef="mine")

    record = answer.body
    assert answer.status == 200
    assert (record["status"], record["code"], record["verb"]) == ("started", 200, "pixverse-create")
    assert record["content"].startswith("<@")
    assert "We are making videos" in record["content"]
    assert record["messageId"]
    assert record["timestamp"]
    assert (record["negative_prompt"], record["aspect_ratio"], record["replyRef"]) == ("sand", "16:9", "mine")
    assert "…secured…" in record["discord"]
    assert None not in record.values()


@pytest.mark.parametrize("way", WAYS)
async def test_the_video_arrives_however_the_bot_brings_it(
    api: Api, discord: Discord, http: aiohttp.ClientSession, way: str
) -> None:
    answer = await api.create(f"a cat {way}")

    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert len(record["attachments"]) == 4
    assert record["buttons"][:2] == ["U1", "U2"]
    async with http.get(record["attachments"][0]["url"]) as video:
        assert (video.status, video.content_type) == (200, "video/mp4")
        assert len(await video.read()) == record["attachments"][0]["size"]
    assert await discord.runs_of(f"a cat {way}") == 1


@pytest.mark.parametrize("way", WAYS)
async def test_equal_prompts_at_once_each_get_a_video_of_their_own(
    api: Api, discord: Discord, way: str
) -> None:
    answers = await asyncio.gather(*(api.create(f"twins {way}", replyRef=str(n)) for n in range(10)))

    records = await asyncio.gather(*(api.ended(answer.body["jobid"]) for answer in answers))

    assert [record["status"] for record in records] == ["completed"] * 10
    assert len({files(record) for record in records}) == 10
    assert await discord.runs_of(f"twins {way}") == 10


@pytest.mark.parametrize("way", WAYS[:3])
async def test_equal_prompts_get_exactly_their_own_video_where_an_id_tells_them_apart(
    api: Api, bridge: RunningBridge, discord: Discord, way: str
) -> None:
    answers = await asyncio.gather(*(api.create(f"twins {way}") for _ in range(10)))

    records = await asyncio.gather(*(api.ended(answer.body["jobid"]) for answer in answers))

    for record in records:
        assert await discord.made_by(record["attachments"][0]["url"]) == await interaction_of(bridge, record)


@pytest.mark.parametrize("way", WAYS)
async def test_commands_that_look_alike_are_never_swapped(api: Api, discord: Discord, way: str) -> None:
    """The completion does not show the negative prompt; the bot's journal tells whose video it is."""
    prompt = f"alike {way}"

    answers = await asyncio.gather(*(api.create(prompt, negative_prompt=f"no{n}") for n in range(3)))
    records = await asyncio.gather(*(api.ended(answer.body["jobid"]) for answer in answers))

    assert [record["status"] for record in records] == ["completed"] * 3
    assert len({files(record) for record in records}) == 3
    for n, record in enumerate(records):
        options = await discord.asked_for(record["attachments"][0]["url"])
        assert record["negative_prompt"] == options["negative-prompt"] == f"no{n}"


@both_engines
async def test_a_refused_prompt_is_answered_with_the_bots_words(api: Api, receiver: Receiver) -> None:
    answer = await api.create("a #moderated cat", replyUrl=receiver.url)

    assert answer.status == 422
    assert answer.body["error"].startswith("Apologies! Our AI moderator")
    assert (answer.body["status"], answer.body["code"]) == ("moderated", 422)
    callback = await receiver.next()
    assert (callback["job"]["jobid"], callback["job"]["status"]) == (answer.body["jobid"], "moderated")
    assert callback["job"]["code"] == 200


async def test_a_refusal_that_only_the_user_sees_is_told_too(api: Api) -> None:
    answer = await api.create("a #ephemeral cat")

    assert answer.status == 422
    assert answer.body["error"].startswith("Apologies!")


async def test_a_late_refusal_ends_the_job(api: Api) -> None:
    answer = await api.create("a #moderated-late cat")

    record = await api.ended(answer.body["jobid"])

    assert answer.body["status"] == "started"
    assert record["status"] == "moderated"
    assert record["error"].startswith("Apologies!")


async def test_an_interaction_that_fails_ends_the_job_as_failed(api: Api) -> None:
    answer = await api.create("a #fail cat")

    assert answer.status == 200
    assert answer.body["status"] == "failed"
    assert answer.body["error"]


async def test_discords_429_is_told_in_the_contracts_words_and_holds_the_account(
    api: Api, discord: Discord
) -> None:
    answer = await api.create("a #throttled cat")
    again = await api.create("another cat")

    for refused in (answer, again):
        assert refused.status == 429
        assert refused.body["error"] == "Discord /interactions failed with HTTP status 429"
        assert "retry_after" in refused.body["errorDetails"]
        assert int(refused.headers["Retry-After"]) >= 1
    assert "jobid" in answer.body
    assert "jobid" not in again.body
    assert await discord.runs_of("cat") == 0


@both_engines
async def test_every_message_sent_twice_changes_nothing(api: Api) -> None:
    answer = await api.create("a #twice cat")
    other = await api.create("a #twice cat")

    records = [await api.ended(one.body["jobid"]) for one in (answer, other)]

    assert [record["status"] for record in records] == ["completed"] * 2
    assert files(records[0]) != files(records[1])


async def test_a_video_before_the_answer_is_taken(api: Api) -> None:
    answer = await api.create("an #early cat")

    record = await api.ended(answer.body["jobid"])

    assert answer.status == 200
    assert record["status"] == "completed"


@pytest.mark.parametrize("way", WAYS)
async def test_a_prompt_that_the_bot_rewrites_still_gets_its_video(api: Api, way: str) -> None:
    answer = await api.create(f"a #rewritten cat {way}")

    record = await api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert record["prompt"] == f"a #rewritten cat {way}"


async def test_a_bot_that_says_nothing_leaves_the_job_created(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with bridge_on(sandbox, tmp_path, jobs={"patience_s": 0.3}) as bridge:
        api = Api(bridge.url, http)

        answer = await api.create("a #silent cat")

        assert answer.status == 200
        assert answer.body["status"] == "created"
        listed = await api.get("/v1/pixverse/jobs")
        assert listed.body == [answer.body["jobid"]]
