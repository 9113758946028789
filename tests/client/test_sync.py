"""The client without asyncio does what the other one does, in a thread of its own."""

import asyncio
import inspect
import socket
import threading
from pathlib import Path

import pytest

from bridge.app.bridge import RunningBridge
from bridge.client import Client, Rejected, SyncClient, Unreachable
from tests.tools.access import TOKEN

LEFT_OUT = {"__aenter__", "__aexit__", "__enter__", "__exit__"}


async def test_a_video_is_made_waited_for_and_saved(bridge: RunningBridge, tmp_path: Path) -> None:
    def program() -> tuple[str, list[Path], list[str]]:
        with SyncClient(bridge.url, TOKEN) as client:
            job = client.create("a cat", style="Realistic")
            ended = client.wait(job)
            statuses = [each.status for each in client.follow(job)]
            return ended.status, client.download(ended, tmp_path / "videos"), statuses

    status, paths, statuses = await asyncio.to_thread(program)

    assert (status, statuses) == ("completed", ["completed"])
    assert all(path.stat().st_size for path in paths)
    assert len(paths) == 4


async def test_events_are_iterated_until_one_stops(bridge: RunningBridge) -> None:
    def program() -> str:
        with SyncClient(bridge.url, TOKEN) as client:
            job = client.create("a cat", style="Realistic")
            for event in client.events(after=0):
                if event.job is not None and event.job.is_ended:
                    return event.job.id if event.job.id == job.id else ""
        return ""

    assert await asyncio.to_thread(program)


async def test_errors_are_the_same_and_no_thread_is_left(bridge: RunningBridge) -> None:
    def program() -> None:
        with SyncClient(bridge.url, TOKEN) as client:
            with pytest.raises(Rejected):
                client.create("a cat", style="Cubism")
            client.close()
        with SyncClient("http://127.0.0.1:9", TOKEN) as client, pytest.raises(Unreachable):
            client.health()

    await asyncio.to_thread(program)

    assert not [thread for thread in threading.enumerate() if thread.name == "pixverse-bridge-client"]


async def test_a_call_that_waits_ends_when_another_thread_closes_the_client() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = SyncClient(f"http://127.0.0.1:{silent.getsockname()[1]}", TOKEN)
        waiting = asyncio.create_task(asyncio.to_thread(client.health))
        connection, _ = await asyncio.to_thread(silent.accept)

        await asyncio.to_thread(client.close)

        with pytest.raises(Unreachable, match="closed meanwhile"):
            await asyncio.wait_for(waiting, 30)
        connection.close()


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    def methods(client: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in inspect.getmembers(client, inspect.isfunction)
            if name not in LEFT_OUT and (name == "__init__" or not name.startswith("_"))
        }

    assert methods(SyncClient) == methods(Client)
