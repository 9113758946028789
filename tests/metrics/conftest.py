"""A bridge on the simulated Discord, and what it shows to Prometheus."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.tools.world import Api, Receiver, a_receiver, bridge_on

SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (\S+)")


@dataclass(frozen=True)
class Shown:
    """The samples of a scrape: by name, and by the text of their labels."""

    text: str
    samples: dict[tuple[str, str], float]

    def value(self, name: str, labels: str = "") -> float:
        return self.samples.get((f"pixverse_bridge_{name}", labels), 0.0)

    @property
    def names(self) -> set[str]:
        """The names of the metrics, as `# TYPE` lines say."""
        return {line.split(" ")[2] for line in self.text.splitlines() if line.startswith("# TYPE ")}


def read(text: str) -> Shown:
    found = (SAMPLE.fullmatch(line) for line in text.splitlines() if not line.startswith("#"))
    return Shown(text, {(match[1], match[2] or ""): float(match[3]) for match in found if match})


async def scraped(http: aiohttp.ClientSession, url: str) -> Shown:
    async with http.get(f"{url}/metrics") as response:
        assert response.status == 200
        return read(await response.text())


@pytest.fixture(autouse=True)
def a_patient_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database of a busy machine answer."""
    monkeypatch.setattr("bridge.app.measuring.LOOK_S", 30.0)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(video_seconds=0.2, accounts=2)) as sandbox:
        yield sandbox


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
async def bridge(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[RunningBridge]:
    async with bridge_on(sandbox, tmp_path, server={"port": 0, "metrics": "open"}) as bridge:
        yield bridge


@pytest.fixture
def api(bridge: RunningBridge, http: aiohttp.ClientSession) -> Api:
    return Api(bridge.url, http)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver
