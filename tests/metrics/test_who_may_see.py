"""Who sees `/metrics`: tokens with the scope, or everyone if the operator says so."""

import asyncio
from pathlib import Path

import aiohttp

from bridge.access.scopes import ALL, Scope
from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from bridge.store.sqlite.sqlite import sqlite_database
from tests.tools.access import TOKEN
from tests.tools.rows import a_token
from tests.tools.world import bridge_on

LIMIT_S = 30.0
WATCHER = "a-token-of-the-monitoring"


async def status(http: aiohttp.ClientSession, url: str, token: str | None) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with http.get(f"{url}/metrics", headers=headers) as response:
        return response.status


async def test_the_metrics_need_a_token_with_their_own_scope(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with bridge_on(sandbox, tmp_path, accounts=[]) as bridge:
        async with sqlite_database(tmp_path / "bridge.db") as beside:
            await beside.write(lambda tx: a_token(tx, WATCHER, scopes=frozenset({Scope.METRICS})))
        refused = [await status(http, bridge.url, token) for token in (None, "wrong", TOKEN)]

        async with asyncio.timeout(LIMIT_S):
            while (known := await status(http, bridge.url, WATCHER)) == 401:
                pass

    assert (refused, known) == ([401, 401, 403], 200)


def test_no_token_gets_the_scope_without_being_named() -> None:
    assert frozenset(Scope) - ALL == {Scope.METRICS}


async def test_open_metrics_need_no_token_and_nothing_else_is_open(
    bridge: RunningBridge, http: aiohttp.ClientSession
) -> None:
    shown = await status(http, bridge.url, None)
    async with http.get(f"{bridge.url}/v1/pixverse/health") as response:
        health = response.status

    assert (shown, health) == (200, 401)
