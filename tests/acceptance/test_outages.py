"""Discord's REST is out for a while and the gateway is not: what is owed and what waits both ask."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from bridge.app.bridge import RunningBridge, running
from bridge.logs import Redactor
from bridge.sandbox import Sandbox
from tests.tools.clocks import MovedClock
from tests.tools.minutes import minute
from tests.tools.pictures import png
from tests.tools.verbs import send
from tests.tools.world import Api, Discord, settings_for

ROUTES: Final = ("/channels", "/guilds")
COUNTED: Final = 1_000
MOST: Final = 15
WAITING: Final = 4


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path, clock: MovedClock) -> AsyncIterator[RunningBridge]:
    settings = settings_for(sandbox, tmp_path, jobs={"pace_s": 0, "patience_s": 0})
    async with running(settings, Redactor(clock), clock) as bridge:
        await bridge.connected()
        yield bridge


async def asked(discord: Discord) -> int:
    """Return how many requests have met the outage."""
    return sum(COUNTED - int(fault["times"]) for fault in await discord.faults() if fault["fault"] == "rest")


@pytest.mark.parametrize("status", [503, 0], ids=["refusing", "cutting"])
async def test_what_is_owed_and_what_waits_ask_fifteen_times_in_a_minute_of_an_outage_at_most(
    api: Api, discord: Discord, clock: MovedClock, status: int
) -> None:
    first = await api.create("a cat #slow=1000")
    async for record in api.records(job_id=first.body["jobid"], position=0):
        if record["status"] == "started":
            break
    for route in ROUTES:
        await discord.fault("rest", route=route, status=status, times=COUNTED)
    waiting = [
        await send(
            api, "animate", ("image", png(), "a.png", "image/png"), prompt=f"picture {number} #slow=0.1"
        )
        for number in range(WAITING)
    ]

    await discord.fault("drop_gateway", forget=True)
    counts = [0]
    for _ in range(3):
        await minute(api, clock)
        counts.append(await asked(discord))
    await discord.heal()
    await minute(api, clock)
    records = [await api.ended(answer.body["jobid"]) for answer in waiting]

    minutes = [after - before for before, after in pairwise(counts)]
    assert sum(minutes) > 0
    assert max(minutes) <= MOST
    assert [record["status"] for record in records] == ["completed"] * WAITING
