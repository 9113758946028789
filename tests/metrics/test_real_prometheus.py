"""A real Prometheus: it scrapes a bridge as the docs say, and rules and dashboards work on what it finds."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import yaml

from bridge.access.scopes import Scope
from bridge.sandbox import Sandbox
from bridge.store.sqlite.sqlite import sqlite_database
from tests.docs.pages import DOCS
from tests.metrics.deployed import BOARDS, RULES, expressions
from tests.tools.rows import a_token
from tests.tools.world import LIMIT_S, Api, bridge_on

pytestmark = pytest.mark.thorough

WATCHER: Final = "a-token-of-the-monitoring"
ACCEPTED: Final = "query?query=sum(pixverse_bridge_jobs_accepted_total)"
LISTENING: Final = re.compile(r'msg="Listening on" address=(\S+)')
READY: Final = b"Server is ready to receive web requests"
CONFIGURATION: Final = re.compile(r"^```yaml\n(scrape_configs:\n.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def program() -> str:
    found = shutil.which("prometheus")
    if found is None:
        pytest.skip("prometheus is not here: scripts/setup_prometheus installs it")
    return found


async def test_prometheus_scrapes_as_the_docs_say_and_its_rules_and_dashboards_work(
    program: str, sandbox: Sandbox, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with AsyncExitStack() as running:
        bridge = await running.enter_async_context(bridge_on(sandbox, tmp_path / "data"))
        async with sqlite_database(tmp_path / "data" / "bridge.db") as beside:
            await beside.write(lambda tx: a_token(tx, WATCHER, scopes=frozenset({Scope.METRICS})))
        await Api(bridge.url, http).create("a cat")
        file = configuration(tmp_path, bridge.url.removeprefix("http://"))

        async with prometheus(program, file) as url:
            watcher = Watcher(http, url)
            await watcher.until("targets", lambda found: healths(found["activeTargets"]) == {"up"})
            await watcher.until("rules", lambda found: healths(found["groups"][0]["rules"]) == {"ok"})
            await watcher.until(ACCEPTED, lambda found: [one["value"][1] for one in found["result"]] == ["1"])
            for expr in everything_on_dashboards():
                await watcher.get("query", query=expr)
            await running.aclose()
            await watcher.until("alerts", lambda found: "PixverseBridgeDown" in named(found["alerts"]))


class Watcher:
    """Asks Prometheus."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def get(self, path: str, **query: str) -> Any:
        async with self._http.get(f"{self._url}/api/v1/{path}", params=query or None) as response:
            told = await response.json()
        assert told["status"] == "success", told
        return told["data"]

    async def until(self, path: str, is_so: Callable[[Any], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while True:
                if is_so(await self.get(path)):
                    return
                await asyncio.sleep(0.1)


def healths(found: list[dict[str, Any]]) -> set[str]:
    return {one["health"] for one in found}


def named(alerts: list[dict[str, Any]]) -> set[str]:
    return {alert["labels"]["alertname"] for alert in alerts}


def everything_on_dashboards() -> list[str]:
    shown = [expr for path in BOARDS for expr in expressions(json.loads(path.read_text()))]
    return [expr.replace("$__rate_interval", "5m").replace("$instance", ".*") for expr in shown]


def configuration(folder: Path, target: str) -> Path:
    """Return a file with the configuration of the docs, for this bridge, and with the rules."""
    found = CONFIGURATION.search((DOCS / "metrics.md").read_text(encoding="utf-8"))
    assert found is not None
    told = yaml.safe_load(found[1])
    [scrape] = told["scrape_configs"]
    token = folder / "token"
    token.write_text(WATCHER)
    scrape["authorization"]["credentials_file"] = str(token)
    scrape["static_configs"] = [{"targets": [target]}]
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    file = folder / "prometheus.yaml"
    file.write_text(yaml.safe_dump({**told, "global": every, "rule_files": [str(RULES)]}))
    return file


@asynccontextmanager
async def prometheus(program: str, file: Path) -> AsyncIterator[str]:
    """Run Prometheus on a free port, and yield its address."""
    options = [f"--config.file={file}", f"--storage.tsdb.path={file.parent / 'tsdb'}"]
    running = await asyncio.create_subprocess_exec(
        program, *options, "--web.listen-address=127.0.0.1:0", stderr=asyncio.subprocess.PIPE
    )
    try:
        assert running.stderr is not None
        async with asyncio.timeout(LIMIT_S):
            said = await running.stderr.readuntil(READY)
        [address] = LISTENING.findall(said.decode())
        draining = asyncio.create_task(running.stderr.read())
        yield f"http://{address}"
        draining.cancel()
    finally:
        running.terminate()
        await running.wait()
