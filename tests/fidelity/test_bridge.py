"""The bridge end to end with a PixVerse that is written with an ordinary bot library, discord.py."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.fidelity.environments import part
from tests.fidelity.players import VIDEO, Json, playing
from tests.tools.processes import bridge_process
from tests.tools.world import Answer, Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
WAYS = ("#edited", "#followup", "#reply", "#plain")


@dataclass
class Scene:
    """A bridge, the simulated Discord that it is connected to, and what the latter has noted."""

    api: Api
    world: Json

    async def press(self, job_id: str, button: str, **fields: Any) -> Answer:
        body = {"jobid": job_id, "button": button, **fields}
        return await self.api.call("POST", "/v1/pixverse/button", json=body)

    async def completed(self, prompt: str) -> Json:
        answer = await self.api.create(prompt)
        record: Json = await self.api.ended(answer.body["jobid"])
        return record

    async def kinds(self) -> list[str]:
        """Return the kinds of all interactions that were accepted so far."""
        async with self.api.http.get(f"{self.world['cdn_url']}/_sandbox/interactions") as answer:
            return [row["kind"] for row in await answer.json() if row["accepted"]]

    async def commands(self) -> dict[str, str]:
        """Return the commands that the user sees: descriptions by name."""
        url = f"{self.world['api_url']}/v9/guilds/{self.world['guild_id']}/application-command-index"
        headers = {"Authorization": self.world["accounts"][0]["token"]}
        async with self.api.http.get(url, headers=headers) as answer:
            rows = (await answer.json())["application_commands"]
        ours = [row for row in rows if row["application_id"] == self.world["application_id"]]
        return {row["name"]: row["description"] for row in ours}

    async def downloaded(self, url: str) -> bytes:
        async with self.api.http.get(url) as answer:
            return await answer.read()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    script = part("discord_py", "pixverse")
    folder = tmp_path_factory.mktemp("bridge")
    async with run_sandbox(SandboxOptions()) as discord, aiohttp.ClientSession() as http:
        world = discord.world()
        async with playing(script, world, folder) as bot:
            await bot.step("ready")
            async with bridge_process(folder / "bridge", world, BRIDGE_JOBS__PATIENCE_S="5") as bridge:
                yield Scene(Api(bridge.facts["url"], http), world)


async def test_the_commands_are_those_that_the_bot_registered(scene: Scene) -> None:
    assert await scene.commands() == {"create": "Four videos, made by a bot of ours."}


@pytest.mark.parametrize("way", WAYS)
async def test_the_videos_arrive_however_the_bot_brings_them(scene: Scene, way: str) -> None:
    answer = await scene.api.create(f"a cat {way}", aspect_ratio="16:9", negative_prompt="dogs")

    record = await scene.api.ended(answer.body["jobid"])

    assert answer.status == 200
    assert answer.body["status"] in ("started", "progress")
    assert "We are making videos" in answer.body["content"]
    assert (record["status"], len(record["attachments"])) == ("completed", 4)
    assert record["buttons"] == ["U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "ReDo"]
    assert await scene.downloaded(record["attachments"][0]["url"]) == VIDEO.read_bytes()


@pytest.mark.parametrize("way", WAYS)
async def test_a_bot_that_thinks_first_is_waited_for(scene: Scene, way: str) -> None:
    answer = await scene.api.create(f"a dog #thinking {way}")

    record = await scene.api.ended(answer.body["jobid"])

    assert answer.status == 200
    assert (record["status"], len(record["attachments"])) == ("completed", 4)


@pytest.mark.parametrize("word", ["#moderated", "#ephemeral"])
async def test_a_refusal_is_told_in_the_bots_own_words(scene: Scene, word: str) -> None:
    answer = await scene.api.create(f"a bad cat {word}")

    assert (answer.status, answer.body["status"]) == (422, "moderated")
    assert answer.body["error"].startswith("Apologies! Our AI moderator")


@pytest.mark.parametrize("button", ["U1", "ReDo"])
async def test_a_button_makes_a_video_of_its_own(scene: Scene, button: str) -> None:
    parent = await scene.completed(f"a bird {button}")

    answer = await scene.press(parent["jobid"], button)
    record = await scene.api.ended(answer.body["jobid"])

    assert (answer.status, answer.body["parentJobId"]) == (200, parent["jobid"])
    assert (record["status"], len(record["attachments"])) == ("completed", 1)
    assert record["messageId"] != parent["messageId"]
    assert record["buttons"] == ["🔄", "🔀", "⏫", "ReDo"]


async def test_a_button_that_asks_for_a_prompt_is_given_it(scene: Scene) -> None:
    parent = await scene.completed("a fish")

    answer = await scene.press(parent["jobid"], "V1", prompt="a whale")
    record = await scene.api.ended(answer.body["jobid"])

    assert (record["status"], record["prompt"]) == ("completed", "a whale")
    assert "a whale" in record["content"]
    assert (await scene.kinds())[-3:] == ["command", "component", "modal"]


async def test_a_form_without_a_new_prompt_is_submitted_as_it_came(scene: Scene) -> None:
    parent = await scene.completed("a horse")

    answer = await scene.press(parent["jobid"], "V2")
    record = await scene.api.ended(answer.body["jobid"])

    assert record["status"] == "completed"
    assert "a horse" in record["content"]


async def test_a_prompt_that_the_bot_refuses_in_its_form_ends_the_job(scene: Scene) -> None:
    parent = await scene.completed("a goat")

    answer = await scene.press(parent["jobid"], "V3", prompt="a bad goat #moderated")

    assert (answer.status, answer.body["status"]) == (422, "moderated")
