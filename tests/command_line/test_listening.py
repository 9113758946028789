"""`listen` in this process: what it says and answers when callbacks do not arrive."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bridge.cli.client.listening import PATH, Receiver, listening, try_out
from bridge.cli.client.output import Output
from bridge.client import Client
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.command_line.conftest import Call
from tests.tools.access import LOOPBACK, TOKEN
from tests.tools.world import bridge_on

NOBODY = "http://127.0.0.1:9/hook"


@asynccontextmanager
async def a_bridge(folder: Path, *allowed: str) -> AsyncIterator[Client]:
    """Run a bridge that may send callbacks to these networks."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.2, accounts=1)) as sandbox,
        bridge_on(sandbox, folder, callbacks={"allow": allowed}) as bridge,
        Client(bridge.url, TOKEN) as client,
    ):
        yield client


async def test_a_bridge_that_sends_nothing_to_its_own_machine_is_told_how_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_bridge(tmp_path) as client:
        await try_out(client, Output(as_json=False), "http://127.0.0.1:9")

    told = capsys.readouterr().err
    assert "The bridge does not send callbacks here: replyUrl is not an allowed URL" in told
    assert "BRIDGE_CALLBACKS__ALLOW=127.0.0.1/32" in told


async def test_a_callback_that_cannot_be_passed_on_is_refused_so_that_it_comes_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_bridge(tmp_path, *LOOPBACK) as client, aiohttp.ClientSession() as http:
        secret = await client.webhook_secret()
        receiver = Receiver(client, Output(as_json=False), secret, http, NOBODY)
        async with listening(receiver, 0) as address:
            tried = await client.test_callback(address + PATH)

    assert (tried.is_delivered, tried.status) == (False, 502)
    assert f"not passed on to {NOBODY}: " in capsys.readouterr().err


async def test_a_secret_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    async with a_bridge(tmp_path, *LOOPBACK) as client, aiohttp.ClientSession() as http:
        receiver = Receiver(client, Output(as_json=True), "whsec_" + "A" * 32, http, None)
        async with listening(receiver, 0) as address:
            tried = await client.test_callback(address + PATH)

    assert tried.is_delivered


async def test_a_post_that_cannot_be_verified_since_the_bridge_is_away_is_refused_for_now(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with Client("http://127.0.0.1:9", TOKEN) as client, aiohttp.ClientSession() as http:
        receiver = Receiver(client, Output(as_json=False), "whsec_" + "A" * 32, http, None)
        async with listening(receiver, 0) as address, http.post(address + PATH, data=b"{}") as answer:
            status = answer.status

    told = capsys.readouterr().err
    assert status == 503
    assert "Refused a POST" in told
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_one_sentence_and_exit_code_4(ask: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = ask("listen", "--port", str(port))

    told = f"error: cannot listen on 127.0.0.1:{port}: another program already does\n"
    assert (done.code, done.err) == (4, told)
