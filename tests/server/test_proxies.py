"""Behind a proxy: what is believed, and from whom; the API below a path."""

import json
from ipaddress import ip_network

import aiohttp
import pytest
from yarl import URL

from bridge.api.http.options import Limits
from bridge.api.http.proxies import client_of, is_trusted
from bridge.app.server_options import url_of
from bridge.config.settings import Settings
from tests.server.conftest import CREATE, HEALTH, Serve
from tests.tools.access import TOKEN

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"), ip_network("127.0.0.1/32"))
TRUSTED = {"trusted_proxies": PROXIES}


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["6.6.6.6", "192.0.2.1", "10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", ["10.0.0.3", "10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["192.0.2.1:5000"], "192.0.2.1"),
        ("10.0.0.1", ["[2001:db8::1]:5000"], "2001:db8::1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        ("2001:db8:1::1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6", "unknown", "10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("192.0.2.9", ["6.6.6.6"], "192.0.2.9"),
        ("", ["6.6.6.6"], ""),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_trusted_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_of(peer, forwarded, PROXIES) == client


def test_without_trusted_proxies_nobody_is_trusted() -> None:
    assert not is_trusted("127.0.0.1", ())


async def seen(serve: Serve, *lines: str, **options: object) -> object:
    async with serve(**options) as server:
        return json.loads((await server.ask("GET", HEALTH, *lines)).body)


FORWARDED = ("X-Forwarded-For: 6.6.6.6, 192.0.2.1", "X-Forwarded-Host: bridge.example")


async def test_a_trusted_proxy_is_believed(serve: Serve) -> None:
    found = await seen(serve, *FORWARDED, **TRUSTED)

    assert found == {"remote": "192.0.2.1", "host": "bridge.example"}


@pytest.mark.parametrize("proxies", [(), (ip_network("10.0.0.0/8"),)])
async def test_anyone_else_is_not(serve: Serve, proxies: tuple[object, ...]) -> None:
    found = await seen(serve, *FORWARDED, trusted_proxies=proxies)

    assert found == {"remote": "127.0.0.1", "host": "bridge"}


async def test_several_lines_are_one_list(serve: Serve) -> None:
    lines = ("X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.1")

    assert await seen(serve, *lines, **TRUSTED) == {"remote": "192.0.2.1", "host": "bridge"}


async def test_the_host_that_a_proxy_names_is_held_against_the_list(serve: Serve) -> None:
    async with serve(hosts=("bridge.example",), **TRUSTED) as server:
        ours = await server.ask("GET", HEALTH, "Host: inside", "X-Forwarded-Host: bridge.example")
        other = await server.ask("GET", HEALTH, "Host: bridge.example", "X-Forwarded-Host: evil.example")

    assert (ours.status, other.status) == (200, 421)


async def test_a_client_behind_a_proxy_has_the_limit_of_an_address_and_the_proxy_has_none(
    serve: Serve,
) -> None:
    slow = (
        f"Content-Length: 10\r\nContent-Type: application/json\r\nAuthorization: Bearer {TOKEN}",
        "Host: a",
    )
    head = "\r\n".join(
        (f"POST {CREATE} HTTP/1.1", *slow, "X-Forwarded-For: 192.0.2.1", "Expect: 100-continue", "", "")
    ).encode()

    async with (
        serve(limits=Limits(connections_per_address=2), **TRUSTED) as server,
        server.sent(head),
        server.sent(head),
    ):
        same = await server.ask("GET", HEALTH, "X-Forwarded-For: 192.0.2.1")
        others = [await server.ask("GET", HEALTH, f"X-Forwarded-For: 192.0.2.{n}") for n in (2, 3, 4)]

    assert (same.status, [reply.status for reply in others]) == (503, [200] * 3)
    assert json.loads(same.body)["error"] == "Too many requests at a time"


@pytest.mark.parametrize("path", [HEALTH, "/openapi.json", "/docs", "/docs/docs.js"])
async def test_everything_is_below_the_base_path_and_nothing_beside_it(serve: Serve, path: str) -> None:
    async with serve(base_path="/a/pixverse") as server:
        below = await server.ask("GET", f"/a/pixverse{path}?x=%2F")
        beside = [
            await server.ask("GET", f"{other}{path}") for other in ("", "/a", "/a/pixverse2", "/A/pixverse")
        ]
        absolute = await server.ask("GET", f"http://bridge/a/pixverse{path}")

    assert (below.status, absolute.status) == (200, 200)
    assert [reply.status for reply in beside] == [404] * 4


async def test_the_token_is_needed_below_the_base_path_too(serve: Serve) -> None:
    async with serve(base_path="/pixverse") as server:
        replies = [
            await server.ask("GET", f"/pixverse{path}", "Authorization: x") for path in (HEALTH, "/v2/a")
        ]
        odd = [
            await server.ask("GET", path, "Authorization: x") for path in ("/pixverse//v1", "/pixverse/../v1")
        ]

    assert [reply.status for reply in replies] == [401, 401]
    assert {reply.status for reply in odd} <= {401, 404}


async def test_a_page_below_the_base_path_finds_its_files(serve: Serve) -> None:
    async with serve(base_path="/pixverse") as server, aiohttp.ClientSession() as http:
        page = f"http://127.0.0.1:{server.port}/pixverse/docs/"
        async with http.get(page) as redirected:
            url, text = redirected.url, await redirected.text()
        async with http.get(url.join(URL("docs/docs.js"))) as script:
            status = script.status
        async with http.get(url.join(URL("openapi.json"))) as described:
            servers = (await described.json())["servers"]

    assert (url.path, status, 'src="docs/docs.js"' in text) == ("/pixverse/docs", 200, True)
    assert servers == [{"url": "./"}]


@pytest.mark.parametrize(("given", "path"), [("/a/", "/a"), ("/", ""), ("", ""), ("/a/b.c", "/a/b.c")])
def test_a_base_path_is_kept_without_its_closing_slash(given: str, path: str) -> None:
    settings = Settings(server={"base_path": given})  # type: ignore[arg-type]

    assert settings.server.base_path == path
    assert url_of(settings, 1) == f"http://127.0.0.1:1{path}"


@pytest.mark.parametrize("given", ["a", "//a", "/a//b", "/a?b", "/a b", "/ä", "/..", "/a/./b", "http://a/b"])
def test_what_is_no_path_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        Settings(server={"base_path": given})  # type: ignore[arg-type]
