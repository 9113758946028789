"""The files of the page: who gets them, what a browser is told of them, when they are not sent again."""

import gzip

import pytest

from bridge.page.files import INDEX, page_files
from bridge.page.policy import policy
from tests.server.conftest import Reply, Serve

BROWSER = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
APP = "/page/app.js"


def directives(reply: Reply) -> dict[str, set[str]]:
    lines = reply.headers["content-security-policy"].split("; ")
    return {line.partition(" ")[0]: set(line.split()[1:]) for line in lines}


async def test_a_browser_gets_the_page_without_a_token(serve: Serve) -> None:
    async with serve() as server:
        reply = await server.ask("GET", "/", BROWSER, "Authorization: none")

    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.body == page_files()[INDEX].body


@pytest.mark.parametrize("accept", ["Accept: */*", "Accept: application/json", "X: y"])
async def test_a_program_is_told_as_ever_that_nothing_is_there(serve: Serve, accept: str) -> None:
    async with serve() as server:
        reply = await server.ask("GET", "/", accept)
        posted = await server.ask("POST", "/", accept)

    assert (reply.status, posted.status) == (404, 404)
    assert reply.body == b'{"error":"No such resource: /","code":404}\n'
    assert reply.headers["vary"] == "Accept"


async def test_a_browser_may_load_everything_from_here_and_media_from_the_cdn_alone(serve: Serve) -> None:
    async with serve(media=("https://cdn.example/files", "http://[::1]:81")) as server:
        reply = await server.ask("GET", "/", BROWSER)

    told = directives(reply)
    media = {"'self'", "blob:", "https://cdn.example", "http://[::1]:81"}
    assert (told.pop("img-src"), told.pop("media-src")) == (media, media)
    assert told.pop("default-src") == {"'none'"}
    assert told.pop("require-trusted-types-for") == {"'script'"}
    assert set.union(*told.values()) == {"'self'", "'none'"}
    assert reply.headers["cross-origin-opener-policy"] == "same-origin"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "address",
    ["https://cdn.example; script-src *", "https://cdn.example,*", "https://'unsafe-inline'", "https://[;]"],
)
def test_an_address_of_the_settings_adds_no_directive_to_the_policy(address: str) -> None:
    assert policy([address]) == policy([])


def test_an_address_with_a_password_is_named_without_it() -> None:
    assert policy(["https://me:secret@cdn.example"]) == policy(["https://cdn.example"])


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (APP, "text/javascript; charset=utf-8"),
        ("/page/vendor/preact.js", "text/javascript; charset=utf-8"),
        ("/page/vendor/preact.LICENSE.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_a_file_has_its_type_and_its_length_also_for_head(serve: Serve, path: str, kind: str) -> None:
    async with serve() as server:
        got = await server.ask("GET", path)
        head = await server.ask("HEAD", path)

    content = page_files()[path.removeprefix("/page/")].body
    assert (got.status, got.headers["content-type"], got.body) == (200, kind, content)
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(content)), b"")
    of_each = {"date": "", "x-request-id": ""}
    assert {**head.headers, **of_each} == {**got.headers, **of_each}


@pytest.mark.parametrize("coding", ["gzip", "br, gzip;q=0.5", "*", "GZIP; q=1"])
async def test_a_file_is_compressed_for_who_takes_that(serve: Serve, coding: str) -> None:
    async with serve() as server:
        plain = await server.ask("GET", APP)
        packed = await server.ask("GET", APP, f"Accept-Encoding: {coding}")

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("coding", ["", "br", "identity", "gzip;q=0", "gzip;q=0.000, *", "x-gzip-9"])
async def test_a_file_is_not_compressed_for_anyone_else(serve: Serve, coding: str) -> None:
    async with serve() as server:
        reply = await server.ask("GET", APP, f"Accept-Encoding: {coding}")

    assert "content-encoding" not in reply.headers
    assert reply.body == page_files()["app.js"].body


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_a_file_that_the_browser_has_is_not_sent_again(serve: Serve, coding: str) -> None:
    async with serve() as server:
        first = await server.ask("GET", APP, f"Accept-Encoding: {coding}")
        tag = first.headers["etag"]
        again = await server.ask(
            "GET", APP, f"Accept-Encoding: {coding}", f'If-None-Match: "old", W/{tag}, "x"'
        )
        other = await server.ask("GET", APP, f"Accept-Encoding: {coding}", 'If-None-Match: "old"')

    assert not tag.startswith("W/")
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == "no-cache"
    assert other.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page/index.html",
        "/page/vendor/vendor.json",
        "/page/vendor/preact.d.ts",
        "/page/../files.py",
        "/page/%2e%2e/files.py",
        "/page/..%2ffiles.py",
        "/page/vendor/../../files.py",
        "/page//etc/passwd",
        "/page/app.js%00",
        "/page/app.js/",
        "/page/APP.JS",
    ],
)
async def test_nothing_else_is_served(serve: Serve, path: str) -> None:
    async with serve() as server:
        reply = await server.ask("GET", path, BROWSER)

    assert reply.status == 404


async def test_the_page_is_below_a_base_path_and_its_address_ends_with_a_slash(serve: Serve) -> None:
    async with serve(base_path="/videos") as server:
        without = await server.ask("GET", "/videos", BROWSER)
        page = await server.ask("GET", "/videos/", BROWSER)
        file = await server.ask("GET", "/videos/page/app.js")
        outside = await server.ask("GET", "/page/app.js")

    assert (without.status, without.headers["location"]) == (308, "/videos/")
    assert (page.status, file.status, outside.status) == (200, 200, 404)


async def test_a_cache_is_told_of_the_coding_and_the_origin(serve: Serve) -> None:
    async with serve(origins=("https://app.example",)) as server:
        reply = await server.ask("GET", APP)

    assert reply.headers["vary"] == "Accept-Encoding, Origin"
