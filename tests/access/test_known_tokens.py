"""The tokens in memory follow the database, whoever changes it."""

import asyncio
from pathlib import Path

from bridge.flows.access.known_tokens import FRESH_MS, KnownTokens
from bridge.store.sqlite.sqlite import sqlite_database
from tests.tools.hand_clock import HandClock
from tests.tools.rows import a_token


async def test_an_idle_bridge_notices_a_change_within_a_second(tmp_path: Path) -> None:
    clock, has_changed = HandClock(), asyncio.Event()
    async with sqlite_database(tmp_path / "bridge.db") as database:
        tokens = KnownTokens(database, clock, has_changed.set)
        await tokens.refresh()
        has_changed.clear()
        noticing = asyncio.create_task(tokens.run())
        await clock.sleeper_s()

        made = await database.write(lambda tx: a_token(tx, "made-beside-an-idle-bridge"))
        clock.pass_s(FRESH_MS / 1000)

        async with asyncio.timeout(5):
            await has_changed.wait()
        assert tokens.of_id(made.id) == made
        noticing.cancel()
        await asyncio.wait({noticing})
