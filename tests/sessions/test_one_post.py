"""Sending is one POST, whatever becomes of it, and its answer says what is proven."""

import asyncio
import math
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from bridge.chat import ButtonPress
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.port import NotSent, Rejected, Sent, Session, Taken, Throttled, Unknown
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.one_post import NeverSent, NoAnswer, OnePost
from tests.sessions.conftest import Listener, send, until
from tests.sessions.fake_discord import FakeDiscord, answers, cut, hang
from tests.tools.discord_requests import CREATE, POSTS, PRESS

STALE = {"code": 50035, "errors": {"data": {"_errors": [{"code": "APPLICATION_COMMAND_INVALID_VERSION"}]}}}


@pytest.mark.parametrize("interaction", [PRESS, CREATE])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (204, Taken),
        (429, Throttled),
        *[(status, Rejected) for status in (400, 401, 403, 404)],
        *[(status, Unknown) for status in (307, 500, 502, 503, 504)],
    ],
)
async def test_each_answer_costs_one_post(
    discord: FakeDiscord, session: Session, interaction: ButtonPress, status: int, expected: type[Sent]
) -> None:
    headers = {"Location": "/api/v9/elsewhere", "Retry-After": "0.01"}
    discord.handlers[POSTS] = answers(
        status, None if status == 204 else {"code": 0, "retry_after": 0.01}, headers
    )

    sent = await send(session, interaction, "1")

    assert isinstance(sent, expected)
    assert len(discord.requests(POSTS)) == 1
    assert not discord.requests("POST /elsewhere")


@pytest.mark.parametrize("interaction", [PRESS, CREATE])
async def test_a_cut_after_receipt_costs_one_post_on_fresh_and_used_connections(
    discord: FakeDiscord, session: Session, interaction: ButtonPress
) -> None:
    first = await send(session, interaction, "1")
    discord.handlers[POSTS] = cut

    again = [await send(session, interaction, "2"), await send(session, interaction, "3")]

    assert isinstance(first, Taken)
    assert all(isinstance(sent, Unknown) for sent in again)
    assert len(discord.requests(POSTS)) == 3


async def test_a_post_that_hangs_ends_at_its_limit_and_is_not_repeated(
    discord: FakeDiscord, session: Session
) -> None:
    discord.handlers[POSTS] = hang

    sent = await send(session, CREATE, "1")

    assert isinstance(sent, Unknown)
    assert len(discord.requests(POSTS)) == 1


async def test_a_cancelled_send_is_cancelled_and_not_repeated(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[POSTS] = hang
    sending = asyncio.create_task(send(session, PRESS, "1"))
    await discord.until(lambda: bool(discord.requests(POSTS)))

    sending.cancel()
    await asyncio.wait({sending})

    assert sending.cancelled()
    assert len(discord.requests(POSTS)) == 1


async def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    once = OnePost(Endpoint(f"http://127.0.0.1:{port}/api"), Identity("token"))

    with pytest.raises(NeverSent):
        await once.post({"type": 3})

    await once.aclose()


@contextmanager
def accepting_no_connection() -> Iterator[int]:
    """Listen with a queue that is full: the next connection hangs."""
    with socket.socket() as full, ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield full.getsockname()[1]


@contextmanager
def saying_nothing() -> Iterator[int]:
    """Accept connections and never say anything."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        yield mute.getsockname()[1]


@pytest.mark.parametrize(
    ("server", "api", "proxy", "expected"),
    [
        (accepting_no_connection, "https://127.0.0.1:{}/api", None, NeverSent),
        (accepting_no_connection, "http://127.0.0.1:{}/api", None, NeverSent),
        (saying_nothing, "https://127.0.0.1:{}/api", None, NeverSent),
        (saying_nothing, "http://discord.test/api", "socks5h://127.0.0.1:{}", NeverSent),
        (saying_nothing, "https://discord.test/api", "http://127.0.0.1:{}", NeverSent),
        (saying_nothing, "http://127.0.0.1:{}/api", None, NoAnswer),
    ],
    ids=["no-connection-for-tls", "no-connection", "no-tls", "no-socks", "no-tunnel", "no-answer"],
)
@pytest.mark.parametrize("leave_within_s", [math.inf, 0.1])
async def test_a_post_whose_connection_never_stood_was_not_sent_and_one_without_an_answer_may_have_run(
    server: Callable[[], AbstractContextManager[int]],
    api: str,
    proxy: str | None,
    expected: type[Exception],
    leave_within_s: float,
) -> None:
    with server() as port:
        endpoint = Endpoint(api.format(port), proxy=proxy.format(port) if proxy else None)
        once = OnePost(endpoint, Identity("token"), limit_s=0.3)

        with pytest.raises(expected):
            await once.post({"type": 3}, leave_within_s)

        await once.aclose()


async def test_a_proxy_that_refuses_to_connect_proves_that_nothing_was_sent() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        once = OnePost(
            Endpoint("https://discord.test/api", proxy=f"http://127.0.0.1:{port}"), Identity("token")
        )

        with pytest.raises(NeverSent):
            await once.post({"type": 3})

        await once.aclose()


async def test_before_it_is_connected_a_session_sends_nothing(discord: FakeDiscord, session: Session) -> None:
    discord.greets = False
    await discord.drop()
    await until(session, "reconnecting")

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, NotSent)
    assert not sent.is_lasting
    assert not discord.requests(POSTS)


async def test_a_throttled_post_tells_discords_word(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[POSTS] = answers(429, {"message": "slow", "retry_after": 1.5, "global": True})

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Throttled)
    assert (sent.retry_after_s, sent.is_global) == (1.5, True)


async def test_a_429_in_html_is_throttled_as_its_header_says(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[POSTS] = answers(429, "<html>banned</html>", {"Retry-After": "7"})

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Throttled)
    assert (sent.retry_after_s, sent.is_global) == (7.0, True)


async def test_a_202_that_asks_to_ask_again_is_throttled(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[POSTS] = answers(202, {"code": 110_000, "retry_after": 2})

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Throttled)
    assert sent.retry_after_s == 2.0


async def test_a_stale_command_is_looked_up_again(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[POSTS] = answers(400, STALE)
    stale = await send(session, CREATE, "1")
    del discord.handlers[POSTS]

    sent = await send(session, CREATE, "2")

    assert isinstance(stale, Rejected)
    assert stale.is_stale
    assert isinstance(sent, Taken)
    assert len([kind for kind, _ in discord.journal if kind.endswith("application-command-index")]) == 2


async def test_a_captcha_is_a_refusal_of_the_account_and_needs_a_human(
    discord: FakeDiscord, session: Session
) -> None:
    discord.handlers[POSTS] = answers(
        400, {"captcha_key": ["captcha-required"], "captcha_service": "hcaptcha"}
    )

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Rejected)
    assert sent.is_account
    assert session.condition.standing.value == "needs_human"
    assert session.condition.remedy


async def test_a_401_is_a_bad_token_and_closes_the_gateway(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[POSTS] = answers(401, {"message": "401: Unauthorized", "code": 0})

    sent = await send(session, PRESS, "1")
    await discord.until(lambda: bool(discord.requests("disconnect")))

    assert isinstance(sent, Rejected)
    assert session.condition.standing.value == "bad_token"


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10003)])
async def test_a_channel_that_is_closed_to_the_account_needs_a_human(
    discord: FakeDiscord, session: Session, status: int, code: int
) -> None:
    discord.handlers[POSTS] = answers(status, {"message": "Missing Access", "code": code})

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Rejected)
    assert sent.is_account
    assert session.condition.standing.value == "needs_human"


async def test_events_may_come_before_the_answer(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()
    discord.handlers[POSTS] = hang
    sending = asyncio.create_task(send(session, PRESS, "77"))
    await discord.until(lambda: bool(discord.requests(POSTS)))

    await discord.dispatch("INTERACTION_CREATE", {"id": "9", "nonce": "77"})
    created = await listener.next()

    assert getattr(created, "nonce", None) == "77"
    assert not sending.done()
    assert isinstance(await sending, Unknown)


async def test_the_environments_proxy_is_not_obeyed(
    discord: FakeDiscord, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await discord.drop()
    await until(session, "reconnecting")
    await until(session, "connected")

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Taken)
