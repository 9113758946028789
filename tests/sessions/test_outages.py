"""Why there is no connection: a sentence for each cause, one line in the log, and the next try."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs

from bridge.accounts.condition import Condition
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.outage import Outage
from bridge.sessions.outage_log import OutageLog
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, QUICK, Listener, Stored, send, until
from tests.sessions.conftest import THERE as ELSEWHERE
from tests.sessions.fake_discord import TOKEN, FakeDiscord, answers
from tests.tools.certificates import certificate_in
from tests.tools.discord_requests import POSTS, PRESS
from tests.tools.hand_clock import START_MS, HandClock

NOBODY = "127.0.0.1:1"
"""Where nothing listens."""
NAMELESS = "nobody.invalid"
THERE = f"https://{NAMELESS}/api"
TUNNEL = "HTTP/1.1 {} No\r\nContent-Length: 0\r\n\r\n"


async def outage_at(api_url: str, proxy: str | None = None) -> Condition:
    """Return the condition of an account whose login does not reach Discord."""
    endpoint = Endpoint(api_url, "wss://gateway.invalid/", proxy)
    async with SelfbotSessions(endpoint, SystemClock(), pacing=QUICK) as sessions:
        session = sessions.open(TOKEN, HERE, Stored())
        async with asyncio.timeout(30):
            while session.next_try_ms is None:
                await session.changed()
        return session.condition


@asynccontextmanager
async def answering(said: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Listen on loopback, answer each connection with `said` and close it; yield the address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2_000)
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("api_url", "proxy", "reason", "remedy"),
    [
        (THERE, None, f"the name {NAMELESS} cannot be resolved (DNS)", "DNS of this machine"),
        (f"http://{NOBODY}/api", None, "127.0.0.1 refuses the connection", "firewall"),
        (THERE, f"http://{NOBODY}", f"the proxy {NOBODY} refuses the connection", "discord.proxy"),
        (THERE, f"socks5h://{NOBODY}", f"the proxy {NOBODY} refuses the connection", "discord.proxy"),
        (THERE, "http://me:secret@nobody.invalid:3", "the proxy nobody.invalid:3 cannot be", "discord.proxy"),
    ],
)
async def test_each_way_not_to_reach_discord_has_a_sentence_and_a_remedy(
    api_url: str, proxy: str | None, reason: str, remedy: str
) -> None:
    condition = await outage_at(api_url, proxy)

    assert condition.standing == "connecting"
    assert reason in (condition.reason or "")
    assert remedy in (condition.remedy or "")
    assert "secret" not in f"{condition}"


@pytest.mark.parametrize(
    ("said", "scheme", "reason", "remedy"),
    [
        (TUNNEL.format(407), "http", f"refuses to connect to {NAMELESS} (407)", "user name and the password"),
        (TUNNEL.format(403), "http", f"refuses to connect to {NAMELESS} (403)", "Let the proxy"),
        ("", "http", f"does not connect to {NAMELESS}", "of that kind"),
        ("no socks", "socks5h", f"does not connect to {NAMELESS}", "of that kind"),
    ],
)
async def test_a_proxy_that_does_not_forward_says_why(
    said: str, scheme: str, reason: str, remedy: str
) -> None:
    async with answering(said.encode()) as address:
        condition = await outage_at(THERE, f"{scheme}://{address}")

    assert condition.reason == f"the proxy {address} {reason}"
    assert remedy in (condition.remedy or "")


async def test_a_certificate_that_is_not_trusted_is_told_as_that(tmp_path: Path) -> None:
    files = certificate_in(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.certificate, files.key)

    async with answering(b"", tls) as address:
        condition = await outage_at(f"https://{address}/api")

    assert condition.reason == "the TLS certificate of 127.0.0.1 is not trusted"
    assert "proxy or virus scanner" in (condition.remedy or "")


async def test_an_error_of_discord_is_not_blamed_on_the_machine(
    discord: FakeDiscord, endpoint: Endpoint
) -> None:
    discord.handlers["GET /users/@me"] = answers(500, {"message": "down"})

    condition = await outage_at(endpoint.api_url)

    assert (condition.reason, condition.remedy) == ("Discord answers with an error (500)", None)


async def test_an_outage_is_one_line_in_the_log_and_its_end_another(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.handlers["GET /users/@me"] = answers(500, {"message": "down"})

    with capture_logs() as logs:
        session = sessions.open(TOKEN, HERE, stored)
        await discord.until(lambda: len(discord.requests("GET /users/@me")) >= 4)
        discord.handlers.clear()
        await until(session, "connected")

    told = [each for each in logs if each["log_level"] in ("info", "warning") and "channels" in each]
    assert [each["event"] for each in told] == ["accounts_not_connected", "accounts_connected"]
    assert (told[0]["channels"], told[0]["reason"]) == ([HERE.id], "Discord answers with an error (500)")
    assert datetime.fromisoformat(told[0]["next_try"]).tzinfo
    assert told[1]["channels"] == [HERE.id]
    assert 0 <= told[1]["after_s"] < 60


async def test_a_cut_that_is_resumed_is_no_outage(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()

    with capture_logs() as logs:
        await discord.drop()
        await listener.next()

    assert [each["event"] for each in logs if each["log_level"] != "debug"] == ["accounts_connected"]


def test_a_further_line_comes_only_with_something_else_to_check() -> None:
    log = OutageLog(HandClock())

    with capture_logs() as logs:
        for outage in (
            Outage("cut"),
            Outage("DNS", "check DNS"),
            Outage("503"),
            Outage("names", "check DNS"),
        ):
            log.waits([HERE.id], outage, START_MS)

    assert [each["reason"] for each in logs] == ["cut", "DNS"]


async def test_what_needs_a_person_is_a_line_with_the_remedy(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.tokens.clear()

    with capture_logs(processors=[merge_contextvars]) as logs:
        session = sessions.open(TOKEN, HERE, stored)
        await until(session, "bad_token")

    [told] = [each for each in logs if each["log_level"] == "warning"]
    assert (told["event"], told["channel"]) == ("account_needs_a_person", HERE.id)
    assert (told["reason"], told["remedy"]) == (session.condition.reason, session.condition.remedy)


async def test_a_refused_post_of_one_account_is_not_told_as_the_job_of_another_with_its_token(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    own, other = (sessions.open(TOKEN, place, stored) for place in (HERE, ELSEWHERE))
    await until(own, "connected")
    await until(other, "connected")
    discord.handlers[POSTS] = answers(401, {"message": "401: Unauthorized", "code": 0})

    with capture_logs(processors=[merge_contextvars]) as logs, bound_contextvars(job_id="of HERE"):
        await send(own, PRESS, "1")
        await until(other, "bad_token")

    told = [each for each in logs if each["event"] == "account_needs_a_person"]
    assert [(each["channel"], each.get("job_id")) for each in told] == [(HERE.id, None), (ELSEWHERE.id, None)]
