"""The bridge is killed while a job runs, and started again: nothing is lost and nothing is sent twice."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.tools.processes import bridge_process, simulator
from tests.tools.world import Api, Receiver


async def accepted(http: aiohttp.ClientSession, discord_url: str) -> list[Any]:
    async with http.get(f"{discord_url}/_sandbox/interactions") as response:
        return [row for row in await response.json() if row["accepted"]]


THOROUGH = pytest.mark.thorough
killed_on_both_engines = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.machines)], indirect=True
)
"""On PostgreSQL the next bridge waits for the leases of the killed one, a quarter of a minute."""


@killed_on_both_engines
@pytest.mark.parametrize(
    "way",
    [
        pytest.param("#edited", marks=THOROUGH),
        pytest.param("#followup", marks=THOROUGH),
        pytest.param("#reply", marks=THOROUGH),
        "#plain",
    ],
)
async def test_a_killed_bridge_still_gets_the_video_and_tells_it(
    tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver, way: str, engine: dict[str, Any]
) -> None:
    async with simulator(tmp_path / "discord", video_seconds=1.0) as discord:
        world = discord.facts["discord"]
        async with bridge_process(tmp_path / "bridge", world, **in_environment(engine)) as first:
            api = Api(first.facts["url"], http)
            answer = await api.create(f"a cat {way}", replyUrl=receiver.url)
            await first.kill()

        async with bridge_process(tmp_path / "bridge", world, **in_environment(engine)) as second:
            api = Api(second.facts["url"], http)
            record = await api.ended(answer.body["jobid"])
            callback = await receiver.next()
            posts = await accepted(http, discord.facts["url"])

    assert record["status"] == "completed"
    assert len(record["attachments"]) == 4
    assert callback["job"]["attachments"][0]["filename"] == record["attachments"][0]["filename"]
    assert len(posts) == 1


@killed_on_both_engines
async def test_a_kill_at_once_after_the_command_was_sent_loses_nothing(
    tmp_path: Path, http: aiohttp.ClientSession, engine: dict[str, Any]
) -> None:
    """The answer to the POST is cut, so the bridge does not know that it ran; then it is killed."""
    async with simulator(tmp_path / "discord", video_seconds=1.0) as discord:
        world = discord.facts["discord"]
        fault = {"fault": "rest", "route": "/interactions", "status": 0, "times": 1, "after_acceptance": True}
        async with bridge_process(tmp_path / "bridge", world, **in_environment(engine)) as first:
            api = Api(first.facts["url"], http)
            await http.post(f"{discord.facts['url']}/_sandbox/faults", json=fault)
            answer = await api.create("a cat #slow=1")
            await first.kill()

        async with bridge_process(tmp_path / "bridge", world, **in_environment(engine)) as second:
            api = Api(second.facts["url"], http)
            record = await api.ended(answer.body["jobid"])
            posts = await accepted(http, discord.facts["url"])

    assert record["status"] == "completed"
    assert len(posts) == 1


def in_environment(engine: dict[str, Any]) -> dict[str, str]:
    return {f"BRIDGE_{name.upper()}": value for name, value in engine.items()}
