"""What a person is told when there is no bridge where the client looks for one."""

import socket
import ssl
from pathlib import Path

import pytest

from bridge.client import AnotherServer, Client, Unreachable
from tests.client.scripted import Reply, answer, scripted
from tests.tools.certificates import certificate_in

HEALTH, TOKEN_PATH = "/v1/pixverse/health", "/v1/pixverse/token"
TOKEN_BODY: dict[str, object] = {"tenant": "default", "scopes": [], "expires": None}


async def why(url: str) -> str:
    async with Client(url, "token", retry_s=30) as client:
        with pytest.raises(Unreachable) as unreachable:
            await client.health()
    return unreachable.value.reason


async def test_nothing_listens_there_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        assert await why(url) == f"nothing listens at {url}: is the bridge running?"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(200, "<html>Welcome to nginx"), "answers, but not as a bridge does"),
        (Reply(200, '{"ok": true}'), "answers, but not as a bridge does"),
        (Reply(200, "[]"), "answers, but not as a bridge does"),
        (Reply(200, "[" * 100_000), "answers, but not as a bridge does"),
        (Reply(200, '{"accounts": ' + "9" * 5_000 + "}"), "answers, but not as a bridge does"),
        (Reply(404, "404 page not found"), "answers, but not as a bridge does"),
        (Reply(401, '{"detail": "Not authenticated"}'), "answers, but not as a bridge does"),
        (Reply(302, "", {"Location": "https://b.example/"}), "redirects to https://b.example/: use that"),
    ],
)
async def test_another_server_is_not_taken_for_a_bridge(reply: Reply, told: str) -> None:
    async with scripted() as server, Client(server.url, "token", retry_s=30) as client:
        server.will_answer(HEALTH, reply)

        with pytest.raises(AnotherServer, match=told):
            await client.health()

    assert len(server.asked) == 1


async def test_a_proxy_that_knows_no_bridge_while_it_restarts_is_asked_again() -> None:
    async with scripted() as server, Client(server.url, "token", retry_s=30) as client:
        server.will_answer(
            TOKEN_PATH, answer(TOKEN_BODY), Reply(404, "404 page not found"), answer(TOKEN_BODY)
        )
        await client.token()

        assert (await client.token()).tenant == "default"


@pytest.mark.parametrize(
    "body", [{"jobid": 5, "status": "started"}, {"jobid": "5", "status": []}, {"jobid": "5", "status": None}]
)
async def test_a_job_without_an_id_and_a_status_is_none_of_a_bridge(body: dict[str, object]) -> None:
    async with scripted() as server, Client(server.url, "token", retry_s=0) as client:
        server.will_answer("/v1/pixverse/jobs/", answer(body))

        with pytest.raises(AnotherServer):
            await client.job("5")


async def test_a_server_without_tls_is_told() -> None:
    async with scripted() as server:
        told = await why(server.url.replace("http://", "https://"))

    assert "does not speak TLS" in told


async def test_a_certificate_of_ones_own_is_refused_until_it_is_trusted(tmp_path: Path) -> None:
    files = certificate_in(tmp_path)
    trusting = ssl.create_default_context(cafile=str(files.certificate))
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(files.certificate, files.key)
    async with scripted(serving) as server:
        server.will_answer(TOKEN_PATH, answer(TOKEN_BODY))
        told = await why(server.url)
        async with Client(server.url, "token", ssl_context=trusting) as client:
            token = await client.token()

    assert "certificate" in told
    assert "is not trusted" in told
    assert token.tenant == "default"


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1"])
def test_an_address_of_another_kind_is_an_error_of_the_program(url: str) -> None:
    with pytest.raises(ValueError, match="begins with http:// or https://"):
        Client(url, "token")


def test_a_token_that_would_break_its_header_is_refused_and_not_shown() -> None:
    with pytest.raises(ValueError, match="characters") as refused:
        Client("http://127.0.0.1", "secret\r\nHost: evil")

    assert "secret" not in str(refused.value)


async def test_url_and_token_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted() as server:
        server.will_answer(f"/base{TOKEN_PATH}", answer(TOKEN_BODY))
        monkeypatch.setenv("BRIDGE_URL", f"{server.url}/base/")
        monkeypatch.setenv("BRIDGE_TOKEN", "of the environment")

        async with Client() as client:
            await client.token()

    assert server.asked[0].headers["Authorization"] == "Bearer of the environment"
