"""Names are looked up so that those that never resolve hold up nobody else."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.callbacks import names as names_module
from bridge.callbacks.attempt import NOT_FOUND, AttemptResult, post
from bridge.callbacks.names import Address, Names
from bridge.notifier import LocalNotifier
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import owe
from tests.tools.local_client import local_client
from tests.tools.receivers import receiving

LOCAL: Address = (socket.AF_INET, socket.IPPROTO_TCP, "127.0.0.1")
LIMIT_S = 0.02


class NameServers:
    """The name servers of all hosts.

    Those of `.dead` hang until they are back, those of `.unknown` fail once and hang then, others answer.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.hanging = threading.Semaphore(0)
        self.are_back = threading.Event()

    def ask(self, host: str) -> Sequence[Address]:
        self.asked[host] += 1
        if host.endswith(".unknown") and self.asked[host] == 1:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        if host.endswith((".dead", ".unknown")):
            self.hanging.release()
            self.are_back.wait()
        return [LOCAL]


@pytest.fixture
def servers() -> Iterator[NameServers]:
    made = NameServers()
    yield made
    made.are_back.set()


@pytest.fixture
async def names(servers: NameServers) -> AsyncIterator[Names]:
    made = Names(servers.ask, LIMIT_S)
    yield made
    servers.are_back.set()
    await made.close()


@pytest.mark.usefixtures("sender")
async def test_a_callback_is_delivered_while_forty_names_hang(
    database: SqliteDatabase, notifier: LocalNotifier, servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    getaddrinfo = socket.getaddrinfo

    def asked(host: Any, port: Any, *more: Any, **others: Any) -> Any:
        if not str(host).endswith((".dead", ".alive")):
            return getaddrinfo(host, port, *more, **others)
        servers.ask(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port or 0))]

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    async with receiving() as receiver:
        for number in range(40):
            await database.write(partial(owe, url=f"http://host-{number}.dead/", number=number))
        notifier.notify("deliveries")
        for _ in range(32):
            assert await asyncio.to_thread(servers.hanging.acquire, timeout=30)

        await database.write(lambda tx: owe(tx, f"http://host.alive:{receiver.port}/", 100))
        notifier.notify("deliveries")
        posts = await receiver.got(1)
        servers.are_back.set()

    assert [post.body for post in posts] == [b"job-100"]


async def test_names_that_hang_do_not_keep_their_places(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names_module, "AT_ONCE", 2)
    names = Names(servers.ask, 25 * LIMIT_S)
    hanging = [asyncio.create_task(names.resolve(f"host-{number}.dead")) for number in range(5)]
    await asyncio.sleep(0)

    found = await names.resolve("host.alive", 80)

    assert [(one["host"], one["port"]) for one in found] == [("127.0.0.1", 80)]
    for task in hanging:
        with pytest.raises(socket.gaierror, match="no address within"):
            await task


async def test_a_name_whose_turn_does_not_come_is_a_failure(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names_module, "AT_ONCE", 1)
    monkeypatch.setattr(names_module, "HANGING", 0)
    names = Names(servers.ask, LIMIT_S)
    with pytest.raises(socket.gaierror, match="no address within"):
        await names.resolve("host.dead")

    with pytest.raises(socket.gaierror, match="too many names wait"):
        async with asyncio.timeout(30):
            await names.resolve("host.alive")


async def test_names_that_failed_take_turns_and_are_found_in_theirs_though_nobody_waits_any_more(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names_module, "DOUBTED_AT_ONCE", 1)
    monkeypatch.setattr(names_module, "FAILURE_KEPT_S", 0.0)
    names = Names(servers.ask, 20 * LIMIT_S)
    both = ("first.unknown", "second.unknown")
    for host in both:
        with pytest.raises(socket.gaierror, match="not known"):
            await names.resolve(host)

    failed = await asyncio.gather(*map(names.resolve, both), return_exceptions=True)
    before = dict(servers.asked)
    await names.resolve("host.alive")
    servers.are_back.set()
    await names.resolve("second.unknown")

    assert [type(each) for each in failed] == [socket.gaierror, socket.gaierror]
    assert before == {"first.unknown": 2, "second.unknown": 1}
    assert servers.asked == {"first.unknown": 2, "second.unknown": 2, "host.alive": 1}


async def test_a_name_is_looked_up_once_for_all_that_wait_for_it(names: Names, servers: NameServers) -> None:
    await asyncio.gather(*(names.resolve("host.alive", port) for port in (80, 443, 8080)))

    assert servers.asked == {"host.alive": 1}


async def test_a_name_that_hangs_has_one_look_up_however_often_it_is_called(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names_module, "FAILURE_KEPT_S", 0.0)
    names = Names(servers.ask, LIMIT_S)

    for _ in range(3):
        with pytest.raises(socket.gaierror, match="no address within"):
            await names.resolve("host.dead")
        await asyncio.sleep(0)

    assert servers.asked == {"host.dead": 1}


async def test_the_time_of_an_attempt_begins_when_its_name_has_been_looked_up(servers: NameServers) -> None:
    asyncio.get_running_loop().call_later(0.7, servers.are_back.set)

    async with receiving() as receiver, local_client(Names(servers.ask)) as client:
        went = await post(client, f"http://host.dead:{receiver.port}/", b"{}", {}, timeout_s=0.5)

    assert went == AttemptResult(200)


async def test_a_name_that_never_resolves_is_a_failure_and_the_log_says_why(names: Names) -> None:
    with capture_logs() as logs:
        async with local_client(names) as client:
            went = await post(client, "http://host.dead/", b"{}", {}, timeout_s=5)

    assert went == AttemptResult(None, NOT_FOUND)
    assert f"no address within {LIMIT_S:g} seconds" in logs[0]["reason"]


async def test_a_name_of_the_hosts_file_is_found_with_a_dot_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(host: str, *_: Any) -> Any:
        if host != "receiver":
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", asked)

    found = await Names().resolve("receiver.", 80)

    assert [(one["hostname"], one["host"]) for one in found] == [("receiver.", "127.0.0.1")]
    with pytest.raises(socket.gaierror, match="not known"):
        await Names().resolve("other.", 80)


async def test_a_look_up_that_hangs_keeps_no_process_from_its_end(names: Names) -> None:
    await names.ready("host.dead")

    threads = [thread for thread in threading.enumerate() if thread.name == "callback-name"]
    assert len(threads) > 0
    assert all(thread.daemon for thread in threads)
