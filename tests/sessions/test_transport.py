"""How the bridge reaches Discord: proxies only when configured, nothing looked up elsewhere."""

import asyncio

import pytest
from discord import utils

from bridge.sessions.endpoint import Endpoint
from bridge.sessions.selfbot import transport as transport_module
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.one_post import OnePost
from bridge.sessions.selfbot.transport import Transport, _plain_headers
from tests.sessions.fake_discord import FakeDiscord


def transport(endpoint: Endpoint) -> Transport:
    return Transport(endpoint, asyncio.get_running_loop())


async def test_the_real_discord_is_met_as_the_library_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def known(*_: object) -> utils.Headers:
        return _plain_headers()

    # The excuse for the mock: the library would look at discord.com here.
    monkeypatch.setattr(utils.Headers, "default", known)
    http = transport(Endpoint())

    await http.startup()

    assert http.presented_headers()["User-Agent"] == _plain_headers().user_agent
    assert vars(http)["_HTTPClient__session"].proxies == {"all": ""}
    await http.close()


async def test_a_look_up_that_hangs_does_not_keep_the_bridge_from_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hang(*_: object) -> utils.Headers:
        await asyncio.Event().wait()
        raise AssertionError

    # The excuse for the mock: the library would look at discord.com here.
    monkeypatch.setattr(utils.Headers, "default", hang)
    monkeypatch.setattr(transport_module, "LOOK_UP_LIMIT_S", 0.05)
    http = transport(Endpoint())

    await http.startup()

    assert http.presented_headers()["X-Super-Properties"]
    await http.close()


async def test_another_discord_is_met_without_looking_anything_up(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forbidden(*_: object) -> utils.Headers:
        raise AssertionError("nothing is looked up for another Discord")

    monkeypatch.setattr(utils.Headers, "default", forbidden)
    http = transport(endpoint)

    await http.startup()

    assert http.presented_headers()["X-Super-Properties"]
    await http.close()


async def test_a_configured_proxy_is_used(discord: FakeDiscord) -> None:
    once = OnePost(Endpoint("http://discord.invalid/api", proxy=discord.url), Identity("token"))

    await once.post({"type": 3})
    await once.aclose()

    assert len(discord.requests("POST /interactions")) == 1


@pytest.mark.parametrize(
    ("address", "is_real"),
    [
        ("https://discord.com/api", True),
        ("http://127.0.0.1:1/api", False),
        ("https://discord.com.example/api", False),
    ],
)
def test_only_discord_itself_is_the_real_one(address: str, is_real: bool) -> None:
    assert Endpoint(address).is_real_discord is is_real
    assert Endpoint(address + "/").versioned_api_url == f"{address}/v9"
