"""Callbacks reach allowed addresses only: nothing else is connected to, whatever leads to it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.attempt import NOT_FOUND, AttemptResult, post
from bridge.callbacks.client import callback_client
from bridge.callbacks.connector import AllowedConnector, AllowedNames
from bridge.callbacks.names import Address, Names
from bridge.notifier import LocalNotifier
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import owe, settled
from tests.tools.hand_clock import HandClock
from tests.tools.receivers import receiving, status

ALLOWED = "127.0.0.2"
NOBODY = AllowedAddresses()
ONE = AllowedAddresses([ip_network(ALLOWED)])
REFUSED = AttemptResult(None, NOT_FOUND)


@dataclass
class Listener:
    """Whoever connects is counted and hung up on."""

    port: int = 0
    connections: list[Any] = field(default_factory=list)

    async def hear(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer.get_extra_info("peername"))
        writer.close()


@asynccontextmanager
async def listening(host: str, port: int = 0) -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.hear, host, port)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def forbidden() -> AsyncIterator[Listener]:
    async with listening("127.0.0.1") as listener:
        yield listener


def address(text: str) -> Address:
    return (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.IPPROTO_TCP, text)


def names(*answers: Sequence[str]) -> Names:
    """Return names that lead to these addresses, with each look-up to the next ones."""
    left = list(answers)
    return Names(lambda _: [address(text) for text in (left.pop(0) if len(left) > 1 else left[0])])


async def sent(url: str, allowed: AllowedAddresses, resolved: Names | None = None) -> AttemptResult:
    async with callback_client(allowed, resolved) as client:
        return await post(client, url, b"{}", {}, 5)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "localhost.", "LOCALHOST", "ｌocalhost", "①②⑦.⓪.⓪.①", "0.0.0.0", "127.1"),
        *("2130706433", "0x7f.1", "017700000001", "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[::]"),
        *("me:secret@127.0.0.1", "me@localhost", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "127.0.0.1%00"),
        *("127.0.0.1%25lo", "%31%32%37.0.0.1", "[::1%25lo]", "a\\@127.0.0.1", "a@b@127.0.0.1"),
    ],
)
async def test_no_spelling_of_this_machine_is_connected_to(forbidden: Listener, host: str) -> None:
    went = await sent(f"http://{host}:{forbidden.port}/hook", NOBODY, names(["127.0.0.1", "::1"]))

    assert went == REFUSED
    assert forbidden.connections == []


@pytest.mark.parametrize("scheme", ["ws", "ftp", "file", "unix", ""])
async def test_what_is_owed_to_another_scheme_is_not_sent(forbidden: Listener, scheme: str) -> None:
    went = await sent(f"{scheme}://127.0.0.1:{forbidden.port}/", ONE)

    assert went == REFUSED
    assert forbidden.connections == []


@pytest.mark.parametrize(
    "leads_to",
    [
        *(
            "127.0.0.1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "10.0.0.1",
            "169.254.169.254",
            "fd00:ec2::254",
        ),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fe80::1%eth0", "224.0.0.1", "255.255.255.255"),
    ],
)
async def test_a_name_that_leads_to_what_is_not_allowed_is_as_one_that_does_not_exist(
    forbidden: Listener, leads_to: str
) -> None:
    def unknown(_: str) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    went = await sent(f"http://host.test:{forbidden.port}/", ONE, names([leads_to]))
    unresolved = await sent(f"http://host.test:{forbidden.port}/", ONE, Names(unknown))

    assert went == unresolved == REFUSED
    assert forbidden.connections == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_open_and_a_closed_port_of_what_is_not_allowed_are_the_same(
    forbidden: Listener, host: str
) -> None:
    async with listening("127.0.0.1") as gone:
        closed = gone.port

    ports = forbidden.port, closed
    went = [await sent(f"http://{host}:{port}/", NOBODY, names(["127.0.0.1"])) for port in ports]

    assert went == [REFUSED, REFUSED]


async def test_of_several_addresses_only_the_allowed_ones_are_tried() -> None:
    leads_to = ["10.0.0.1", "127.0.0.1", "::1", ALLOWED, "169.254.169.254"]
    async with receiving(host=ALLOWED) as receiver, listening("127.0.0.1", receiver.port) as forbidden:
        went = await sent(f"http://host.test:{receiver.port}/", ONE, names(leads_to))

    assert went == AttemptResult(200)
    assert forbidden.connections == []


async def test_a_name_that_leads_elsewhere_later_is_checked_again() -> None:
    resolved = names([ALLOWED], ["127.0.0.1"])
    last = status(200, connection="close")
    async with receiving(last, ALLOWED) as receiver, listening("127.0.0.1", receiver.port) as forbidden:
        url = f"http://host.test:{receiver.port}/"
        async with callback_client(ONE, resolved) as client:
            before = await post(client, url, b"{}", {}, 5)
            resolved._known.clear()
            after = await post(client, url, b"{}", {}, 5)

    assert (before, after) == (AttemptResult(200), REFUSED)
    assert forbidden.connections == []


async def test_an_address_is_checked_again_when_the_socket_for_it_is_made(
    forbidden: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unfiltered(self: AllowedNames, *more: Any, **others: Any) -> Any:
        return await self._names.resolve(*more, **others)

    monkeypatch.setattr(AllowedNames, "resolve", unfiltered)

    went = await sent(f"http://host.test:{forbidden.port}/", ONE, names(["127.0.0.1"]))

    assert went == REFUSED
    assert forbidden.connections == []


class Diverted(socket.socket):
    """A socket that connects to another address than it is told to."""

    def connect(self, address: Any) -> None:
        super().connect(("127.0.0.1", address[1]))


async def test_no_byte_is_sent_to_a_peer_that_is_not_the_one_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(AllowedConnector, "_socket", lambda _, info: Diverted(*info[:3]))

    async with receiving() as receiver:
        went = await sent(f"http://{ALLOWED}:{receiver.port}/", ONE)

    assert went == REFUSED
    assert receiver.posts == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(forbidden: Listener, code: int) -> None:
    elsewhere = f"http://127.0.0.1:{forbidden.port}/"
    async with receiving(status(code, Location=elsewhere), host=ALLOWED) as receiver:
        went = await sent(f"http://{ALLOWED}:{receiver.port}/", ONE)

    assert went == AttemptResult(code, f"HTTP status {code}")
    assert forbidden.connections == []


async def test_no_proxy_of_the_environment_is_used(
    forbidden: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{forbidden.port}")

    async with receiving(host=ALLOWED) as receiver:
        went = await sent(f"http://{ALLOWED}:{receiver.port}/", ONE)

    assert went == AttemptResult(200)
    assert forbidden.connections == []


@pytest.mark.parametrize("host", ["host.test.", "bücher.test", "BÜCHER.test.", "例え。テスト", "localhost."])
async def test_a_name_beyond_ascii_or_with_a_dot_at_its_end_is_reached(host: str) -> None:
    async with receiving(host=ALLOWED) as receiver:
        went = await sent(f"http://{host}:{receiver.port}/", ONE, names([ALLOWED]))

    assert went == AttemptResult(200)


async def test_the_log_says_what_was_refused_and_what_would_allow_it(forbidden: Listener) -> None:
    with capture_logs() as logs:
        await sent(f"http://127.0.0.1:{forbidden.port}/secret", NOBODY)
        await sent(f"http://host.test:{forbidden.port}/secret", NOBODY, names(["10.0.0.1", "::1"]))

    assert [(each["event"], each["log_level"], each["receiver"]) for each in logs] == [
        ("receiver_was_not_found", "warning", f"127.0.0.1:{forbidden.port}"),
        ("receiver_was_not_found", "warning", f"host.test:{forbidden.port}"),
    ]
    assert logs[0]["reason"] == (
        "the URL leads to 127.0.0.1, a loopback address: such a receiver must be listed in callbacks.allow"
    )
    assert logs[1]["reason"] == (
        "10.0.0.1 is a private address, ::1 is a loopback address: "
        "such a receiver must be listed in callbacks.allow"
    )


@pytest.mark.usefixtures("sender")
async def test_how_long_it_took_to_find_no_allowed_address_is_not_told(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(*_: Any) -> AttemptResult:
        clock.pass_s(3)
        return outcomes.pop()

    outcomes = [AttemptResult(500, "HTTP status 500"), REFUSED]
    monkeypatch.setattr("bridge.callbacks.sender.post", slowly)
    for number in (1, 2):
        await database.write(partial(owe, url=f"http://host-{number}.test/", number=number))
        notifier.notify("deliveries")
        await settled(database, notifier, *((f"msg-{one}", "pending", 1) for one in range(1, number + 1)))

    rows = await database.read(lambda tx: tx.all("SELECT duration_ms FROM attempts ORDER BY delivery"))
    assert [row["duration_ms"] for row in rows] == [0, 3_000]


@pytest.mark.usefixtures("sender")
async def test_what_is_owed_to_a_refused_target_is_a_failed_attempt(
    database: SqliteDatabase, notifier: LocalNotifier
) -> None:
    async with receiving() as receiver:
        urls = [f"http://me:secret@127.0.0.1:{receiver.port}/", "http://10.0.0.1/"]
        await database.write(lambda tx: [owe(tx, url, number) for number, url in enumerate(urls)])
        notifier.notify("deliveries")
        await settled(database, notifier, ("msg-0", "pending", 1), ("msg-1", "pending", 1))

    rows = await database.read(lambda tx: tx.all("SELECT status, error FROM attempts"))
    assert [(row["status"], row["error"]) for row in rows] == [(None, NOT_FOUND)] * 2
    assert receiver.posts == []
