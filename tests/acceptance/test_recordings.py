"""The bot changes: its user records what it says, sees what the bridge reads in it, and tries a new row."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.tools.command_line import run
from tests.tools.commands import started
from tests.tools.processes import Running, bridge_process, simulator
from tests.tools.raw_user import RawUser
from tests.tools.world import Api

pytestmark = pytest.mark.thorough

APOLOGY = "Apologies! Our AI moderator thinks this prompt or images as potentially violating our"
NEW_APOLOGY = "We had to turn this one down, see our"
NEW_PHRASE = {"meaning": "refused", "pattern": "had to turn this one down"}


@dataclass
class Place:
    """A folder with a simulated Discord beside it."""

    folder: Path
    world: Any

    def configure(self, **more: Any) -> None:
        """Write a configuration file with the first account."""
        addresses = {name: self.world[name] for name in ("api_url", "gateway_url", "cdn_url")}
        account = {
            "discord": self.world["accounts"][0]["token"],
            "server": self.world["guild_id"],
            "channel": self.world["channel_id"],
        }
        told = {"discord": addresses, "accounts": [account], "data_dir": str(self.folder / "data"), **more}
        (self.folder / "config.yaml").write_text(yaml.safe_dump(told))

    async def run(self, *arguments: str) -> Any:
        """Run a command to its end."""
        return await asyncio.to_thread(run, *arguments, folder=self.folder)

    async def explained(self) -> list[Any]:
        """Return what the recording means, line by line."""
        done = await self.run("explain", "tape", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def bridge(self, **env: str) -> Any:
        """Run a bridge that records."""
        return bridge_process(self.folder, self.world, BRIDGE_RECORD=str(self.folder / "tape"), **env)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with simulator(tmp_path / "discord", video_seconds=0.2) as discord:
        (tmp_path / "bridge").mkdir()
        yield Place(tmp_path / "bridge", discord.facts["discord"])


def of_messages(told: list[Any]) -> list[Any]:
    return [each for each in told if "message" in each]


def client(bridge: Running, http: aiohttp.ClientSession) -> Api:
    return Api(bridge.facts["url"], http)


async def test_what_a_serving_bridge_hears_is_recorded_and_explained(
    place: Place, http: aiohttp.ClientSession
) -> None:
    async with place.bridge() as bridge:
        job = await client(bridge, http).create("a cat #plain")
        await client(bridge, http).ended(job.body["jobid"])

    told = await place.explained()

    assert told[0]["event"] == "INTERACTION_CREATE"
    first, *_, last = of_messages(told)
    assert (first["signal"], first["phrase"]["row"], first["rule"]) == ("started", "built in", "nonce")
    assert first["repeats"] == {"prompt": "a cat #plain", "style": "realistic"}
    assert (first["before"], first["after"]) == ("sent", "started")
    assert (last["signal"], last["because"], last["rule"]) == ("finished", "it has a video", "text")
    assert (last["job"], last["after"]) == ("job 1", "completed")


async def test_a_button_that_asks_for_a_prompt_is_one_job(place: Place, http: aiohttp.ClientSession) -> None:
    async with place.bridge() as bridge:
        api = client(bridge, http)
        parent = await api.create("a cat")
        await api.ended(parent.body["jobid"])
        press = {"jobid": parent.body["jobid"], "button": "V1", "prompt": "a dog"}
        child = await api.call("POST", "/v1/pixverse/button", json=press)
        await api.ended(child.body["jobid"])

    done = await place.run("explain", "tape")

    jobs = done.stdout.partition("\nJobs\n")[2].splitlines()
    assert [line.strip() for line in jobs] == [
        "account 1, job 1  /create 'a cat': completed",
        "account 1, job 2  a button of job 1 'a dog': completed",
    ]


async def test_a_recording_names_nobody_and_is_for_its_owner_only(
    place: Place, http: aiohttp.ClientSession
) -> None:
    async with place.bridge() as bridge:
        job = await client(bridge, http).create("a cat")
        await client(bridge, http).ended(job.body["jobid"])

    tape = place.folder / "tape"

    written = tape.read_text()
    assert "<@<self>>" in written
    for account in place.world["accounts"]:
        assert account["token"] not in written
        assert account["user_id"] not in written
    assert not any(mark in written for mark in ("hm=", "?ex=", "username", '"token"'))
    assert stat.S_IMODE(tape.stat().st_mode) == 0o600


async def test_a_text_that_changed_is_misread_and_an_override_reads_it_right(
    place: Place, http: aiohttp.ClientSession
) -> None:
    async with place.bridge() as bridge:
        await client(bridge, http).create("a bad thing #moderated")
    tape = place.folder / "tape"
    tape.write_text(tape.read_text().replace(APOLOGY, NEW_APOLOGY))

    (before,) = of_messages(await place.explained())
    place.configure(bot={"phrases": [NEW_PHRASE]})
    (after,) = of_messages(await place.explained())

    assert (before["signal"], before["phrase"]) == ("started", None)
    assert before["because"] == "no phrase fits, so it counts as a first message"
    assert after["signal"] == "refused"
    assert after["phrase"] == {**NEW_PHRASE, "row": "bot.phrases[0]"}
    assert (after["job"], after["after"]) == ("job 1", "moderated")


async def test_a_bridge_runs_with_what_is_said_of_the_bot(place: Place, http: aiohttp.ClientSession) -> None:
    phrases = json.dumps([{"meaning": "refused", "pattern": "we are making videos"}])
    async with place.bridge(BRIDGE_BOT__PHRASES=phrases) as bridge:
        answer = await client(bridge, http).create("a cat")

    assert answer.status == 422
    assert answer.body["status"] == "moderated"


async def test_records_of_a_bridge_have_the_contracts_buttons_whatever_the_bot_calls_them(
    place: Place, http: aiohttp.ClientSession
) -> None:
    """The simulated bot asks for a prompt at the button that it calls V1."""
    swapped = json.dumps({"U1": "V1", "V1": "U1"})
    async with place.bridge(BRIDGE_BOT__BUTTONS=swapped) as bridge:
        api = client(bridge, http)
        parent = await api.create("a cat")
        record = await api.ended(parent.body["jobid"])
        press = {"jobid": parent.body["jobid"], "button": "U1"}
        child = await api.call("POST", "/v1/pixverse/button", json=press)

    told = await place.explained()

    assert record["buttons"][0] == "V1"
    assert child.status == 200
    assert [each["what"] for each in told if "MODAL" in each["event"]] == [
        "the bot asks for input: Remix Prompt"
    ]


async def test_which_buttons_ask_for_a_prompt_can_be_said(place: Place, http: aiohttp.ClientSession) -> None:
    async with place.bridge(BRIDGE_BOT__PROMPT_BUTTONS='["V1"]') as bridge:
        api = client(bridge, http)
        parent = await api.create("a cat")
        await api.ended(parent.body["jobid"])
        press = {"jobid": parent.body["jobid"], "button": "V2", "prompt": "a dog"}
        refused = await api.call("POST", "/v1/pixverse/button", json=press)

    assert (refused.status, refused.body["error"]) == (400, "button V2 does not support prompt")


async def test_what_is_run_by_hand_is_recorded_and_explained(
    place: Place, http: aiohttp.ClientSession
) -> None:
    place.configure()
    user = RawUser(http, place.world)
    await user.login()
    record = ("record", "--channel", place.world["channel_id"], "--out", "tape", "--seconds", "4")
    with started(*record, folder=place.folder) as recording:
        await user.create("a cat")
        rest, _ = await asyncio.to_thread(recording.process.communicate, timeout=90)

    done = await place.run("explain", "tape")

    assert recording.process.returncode == 0
    assert rest.startswith("Recorded ")
    assert done.returncode == 0
    assert "read as  finished: it has a video" in done.stdout
    assert "about    job 1, by interaction:" in done.stdout
    assert "account 1, job 1  /create 'a cat': completed" in done.stdout
    assert "\x1b[" not in done.stdout


async def test_a_recording_that_is_asked_to_stop_ends_well(place: Place) -> None:
    place.configure()
    record = ("record", "--channel", place.world["channel_id"], "--out", "tape")

    with started(*record, folder=place.folder) as recording:
        code = await asyncio.to_thread(recording.stop)

    assert code == 0
    assert (await place.run("explain", "tape")).stdout.startswith("Jobs\n  none")


async def test_a_recording_beside_a_bridge_is_refused_with_the_way_out(place: Place) -> None:
    place.configure()
    async with place.bridge():
        done = await place.run("record", "--channel", place.world["channel_id"], "--out", "other")

    assert done.returncode == 3
    assert "Another bridge uses the data directory" in done.stderr
    assert "serve --record FILE" in done.stderr
    assert not (place.folder / "other").exists()


async def test_a_channel_that_no_account_has_is_refused(place: Place) -> None:
    place.configure()

    done = await place.run("record", "--channel", "999999999999999999", "--out", "tape")

    assert done.returncode == 2
    assert f"there are: {place.world['channel_id']}" in done.stderr


async def test_a_file_that_is_no_recording_is_one_sentence(place: Place) -> None:
    (place.folder / "tape").write_text("hello\n")

    done = await place.run("explain", "tape")

    assert (done.returncode, done.stderr) == (5, "error: tape: line 1: is not a JSON object\n")
