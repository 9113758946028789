"""The log of a bridge and a simulator, each a process, at the most talkative level: it holds no token."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
import yaml

from tests.acceptance.eventful_run import ACTS, Run
from tests.tools.access import LOOPBACK
from tests.tools.commands import Command, started
from tests.tools.world import Api

API_TOKEN = 'api:token-"with"/marks+and%more'
EVENTS = ("gateway_lost", "job_advanced", "account_started", "token_was_replaced", "session_changed")


@pytest.mark.thorough
async def test_no_token_is_in_the_log_of_an_eventful_run(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    async with a_run(tmp_path, http) as (run, commands):
        happened = {act: await act(run) for act in ACTS}
        secrets = [*given_by_callers(run), *await known_to_discord(run)]
        exit_codes = [command.stop() for command in commands]

    log = "".join(command.told + command.log.read_text() for command in commands)
    assert happened == ACTS
    assert exit_codes == [0, 0]
    assert [event for event in EVENTS if event not in log] == []
    assert [secret for secret in secrets if any(spelling in log for spelling in spellings(secret))] == []


@pytest.mark.parametrize("secret", ["short-token", API_TOKEN])
def test_every_spelling_is_looked_for(secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}", "X": secret}
    texts = [json.dumps(headers), repr(headers), quote(secret), quote_plus(f"a b{secret}")]
    texts += [base64.b64encode(f"{'x' * shift}Bearer {secret}!".encode()).decode() for shift in range(3)]

    found = [any(spelling in text for spelling in spellings(secret)) for text in texts]

    assert all(found)


@asynccontextmanager
async def a_run(folder: Path, http: aiohttp.ClientSession) -> AsyncIterator[tuple[Run, list[Command]]]:
    """Run a simulator and a bridge on its first account."""
    places = [folder / "discord", folder / "bridge"]
    for place in places:
        place.mkdir()
    ready = ("--port", "0", "--ready-file", "ready.json")
    with started("sandbox-discord", *ready, "--video-seconds", "0.3", folder=places[0]) as discord:
        facts = json.loads((places[0] / "ready.json").read_text())
        (places[1] / "bridge.yaml").write_text(yaml.safe_dump(configuration(facts["discord"])))
        options = ("--config", "bridge.yaml", "--log-level", "debug")
        with started("serve", *options, *ready, folder=places[1]) as bridge:
            url = json.loads((places[1] / "ready.json").read_text())["url"]
            yield Run(Api(url, http, API_TOKEN), facts, http), [bridge, discord]


def configuration(world: Any) -> dict[str, Any]:
    """Return the configuration file of a bridge on a simulator."""
    account = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
    }
    return {
        "api_token": API_TOKEN,
        "discord": {name: world[name] for name in ("api_url", "gateway_url", "cdn_url")},
        "accounts": [account],
        "jobs": {"pace_s": 0},
        "callbacks": {"allow": LOOPBACK},
    }


def given_by_callers(run: Run) -> list[str]:
    """Return the tokens that were sent to the bridge and are none: they are near to one."""
    return [API_TOKEN, API_TOKEN.swapcase(), run.spare(1)["discord"][::-1]]


async def known_to_discord(run: Run) -> list[str]:
    """Return the tokens that the simulator began with and those that it has given since."""
    async with run.http.get(f"{run.facts['url']}/_sandbox/world") as answer:
        now = await answer.json()
    worlds = (run.facts["discord"], now)
    return [each["token"] for world in worlds for each in world["accounts"]] + [now["bot_token"]]


def spellings(secret: str) -> Iterator[str]:
    """Yield a secret as it is, and as JSON, Python, an address and base64 write it."""
    yield from (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1])
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (in_base64(secret, shift) for shift in range(3))


def in_base64(secret: str, shift: int) -> str:
    """Return what base64 makes of a secret behind `shift` bytes, whatever these are and whatever follows."""
    text = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
    clean_from, clean_to = (shift * 8 + 5) // 6, (shift + len(secret)) * 8 // 6
    return text[clean_from:clean_to]
