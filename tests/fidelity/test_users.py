"""Users who are played by ordinary user libraries, unmodified: from the login to a submitted modal."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.fidelity.environments import part
from tests.fidelity.players import Json, playing
from tests.fidelity.proxy import a_proxy

IN_EVERY_RUN = "discord_py_self"
OTHERS = ("discord_js_selfbot",)
COMMANDS = ["animate", "create", "create_single", "meme_face"]


@dataclass
class Visit:
    """What the user told, and what the simulator has noted of its interactions."""

    stage: Json
    told: dict[str, Json]
    noted: list[Json]


@pytest.fixture(
    scope="module",
    params=[IN_EVERY_RUN, *(pytest.param(each, marks=pytest.mark.fidelity) for each in OTHERS)],
)
def visit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    return asyncio.run(_visit(request.param, tmp_path_factory.mktemp(request.param)))


async def _visit(library: str, folder: Path) -> Visit:
    script = part(library, "user")
    async with run_sandbox(SandboxOptions(video_seconds=0.5)) as discord, a_proxy() as proxy:
        stage = discord.world()
        async with playing(script, {**stage, "proxy": proxy}, folder) as user:
            await user.step("remixed")
        told = {each["step"]: each for each in user.told}
        return Visit(stage, told, await _noted(discord.url))


async def _noted(url: str) -> list[Json]:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/_sandbox/interactions") as answer:
        rows: list[Json] = await answer.json()
        return rows


def test_the_user_logs_in_and_finds_its_thread(visit: Visit) -> None:
    assert visit.told["ready"]["user"] == visit.stage["accounts"][0]["user_id"]
    assert visit.told["thread"] == {"step": "thread", "id": visit.stage["channel_id"], "members": 2}


def test_the_user_finds_the_commands(visit: Visit) -> None:
    assert visit.told["index"]["commands"] == COMMANDS


def test_the_first_message_carries_the_nonce_of_the_command(visit: Visit) -> None:
    first = visit.told["first"]

    assert visit.told["created"]["successful"]
    assert first["nonce"] == visit.told["created"]["nonce"] == visit.noted[0]["nonce"]
    assert "We are making videos" in first["content"]


def test_the_first_message_becomes_the_videos_with_their_buttons(visit: Visit) -> None:
    done = visit.told["done"]

    assert done["id"] == visit.told["first"]["id"]
    assert len(done["files"]) == 4
    assert done["faces"] == ["U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "ReDo"]


def test_a_pressed_button_makes_another_video(visit: Visit) -> None:
    remade = visit.told["remade"]

    assert remade["id"] != visit.told["done"]["id"]
    assert len(remade["files"]) == 1
    assert "a cat" in remade["content"]


def test_a_modal_is_shown_and_what_the_user_writes_into_it_arrives(visit: Visit) -> None:
    assert visit.told["modal"]["title"] == "Remix Prompt"
    assert "a dog" in visit.told["remixed"]["content"]


def test_every_interaction_of_the_library_was_accepted(visit: Visit) -> None:
    assert [row["kind"] for row in visit.noted] == ["command", "component", "component", "modal"]
    assert all(row["accepted"] for row in visit.noted)
