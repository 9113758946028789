"""Every route, asked by one tenant with another's ids, cursors and keys: it answers as if there were nothing.

The answers are those to ids and channels that nobody has. A new route has to be given its questions here.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.openapi_document import DOCUMENT
from tests.tools.pictures import png
from tests.tools.rows import a_token
from tests.tools.world import Api, a_receiver, bridge_on

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROMPT: Final = "a heron that nobody else may see"
REFERENCE: Final = "reference-of-the-first"
KEY: Final = "key-of-the-first"
NAME: Final = "name-of-the-first"
ROUTES: Final = [
    f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods
]


@dataclass(frozen=True)
class Known:
    """What one tenant knows of another."""

    job: str
    channel: str
    reference: str
    key: str
    button: str
    cursor: str
    position: int


@dataclass(frozen=True)
class Two:
    """The first tenant, what the other knows of it, what nobody has, and what must not be told."""

    first: Api
    other: Api
    known: Known
    nothing: Known
    told_to_nobody: frozenset[str]


def questions(known: Known) -> Mapping[str, list[dict[str, Any]]]:
    """Return what each route is asked."""
    job, channel, key = {"jobid": known.job}, known.channel, {"Idempotency-Key": known.key}
    place = {"prompt": PROMPT, "style": "Realistic", "replyRef": known.reference, "channel": channel}
    at = str(known.position)
    pages: list[dict[str, Any]] = [{}, {"params": {"cursor": known.cursor}}]
    return {
        "GET /v1/pixverse/account": [{}],
        "GET /v1/pixverse/account/{channel}": [{}],
        "POST /v1/pixverse/account/{channel}": [{"json": {"channel": channel}}],
        "DELETE /v1/pixverse/account/{channel}": [{}],
        "POST /v1/pixverse/account/{channel}/doctor": [{}],
        "POST /v1/pixverse/create": [{"json": place}, {"json": place, "headers": key}],
        "POST /v1/pixverse/create_single": [{"json": place}, {"json": place, "headers": key}],
        "POST /v1/pixverse/animate": [{"picture": "image"}],
        "POST /v1/pixverse/meme_face": [{"picture": "face"}],
        "POST /v1/pixverse/button": [{"json": {**job, "button": known.button}}],
        "GET /v1/pixverse/jobs": [{}, {"params": job}],
        "GET /v1/pixverse/jobs/": [{"params": job}],
        "GET /v1/pixverse/jobs/cancel": [{"params": job}],
        "GET /v1/pixverse/jobs/cancel/": [{"params": job}],
        "GET /v1/pixverse/jobs/history": [
            *pages,
            {"params": {"channel": channel}},
            {"params": {"replyRef": known.reference}},
            {"params": {"prompt": PROMPT}},
        ],
        "GET /v1/pixverse/jobs/timeline": [{"params": job}],
        "GET /v1/pixverse/jobs/counts": [{}],
        "GET /v1/pixverse/account/{channel}/statistics": [{}],
        "GET /v1/pixverse/callbacks": [*pages, {"params": job}, {"params": {"state": "delivered"}}],
        "GET /v1/pixverse/callbacks/secret": [{}],
        "POST /v1/pixverse/callbacks/redeliver": [{"json": job}],
        "POST /v1/pixverse/callbacks/test": [{"json": {"replyUrl": "ftp://x"}}],
        "GET /v2/account": [{}],
        "POST /v2/account": [{"json": {}}],
        "GET /v1/pixverse/events": [
            {"params": {**filters, "last_event_id": position}}
            for filters in ({}, job, {"channel": channel}, {"replyRef": known.reference})
            for position in ("0", at)
        ],
        "GET /v1/pixverse/health": [{}],
        "GET /v1/pixverse/token": [{}],
        "GET /v1/pixverse/verbs": [{}],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    folder = tmp_path_factory.mktemp("bridge")
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.1, accounts=2)) as sandbox,
        bridge_on(sandbox, folder) as bridge,
        a_receiver() as receiver,
        aiohttp.ClientSession() as http,
    ):
        await bridge.foundation.database.write(lambda tx: a_token(tx, "token-of-another", tenant="other"))
        first = Api(bridge.url, http)
        other = await Api(bridge.url, http, "token-of-another").until_known()
        await first.call("POST", "/v2/account", json={"name": NAME})
        order = {"prompt": PROMPT, "style": "Realistic", "replyRef": REFERENCE, "replyUrl": receiver.url}
        submitted = await first.call(
            "POST", "/v1/pixverse/create", json=order, headers={"Idempotency-Key": KEY}
        )
        record = await first.ended(submitted.body["jobid"])
        await receiver.next()
        page = await first.get("/v1/pixverse/events?last_event_id=0", headers={"Accept": "application/json"})
        secret = (await first.get("/v1/pixverse/callbacks/secret")).body["secret"]
        accounts = (await first.get("/v1/pixverse/account")).body
        yield Two(
            first,
            other,
            Known(
                record["jobid"],
                record["channel"],
                REFERENCE,
                KEY,
                record["buttons"][0],
                "ffff",
                page.body["next"],
            ),
            Known("0" * 32, "123456789012345678", "nobodys", "nobodys", "U1", "ffff", page.body["next"]),
            frozenset(
                {record["messageId"], record["attachments"][0]["url"], record["content"], record["discord"]}
                | {secret, accounts[record["channel"]]["discord"], record["server"], NAME, receiver.url}
            ),
        )


async def answer_to(two: Two, route: str, known: Known, question: Mapping[str, Any]) -> tuple[int, str]:
    """Return status and body of an answer, with `<…>` for what was asked for, and no next position."""
    method, path = route.split(" ")
    more = dict(question)
    if picture := more.pop("picture", None):
        more["data"] = aiohttp.FormData({"prompt": PROMPT, "channel": known.channel})
        more["data"].add_field(picture, png(), filename="a.png", content_type="image/png")
    headers = {"Accept": "application/json", **more.pop("headers", {})}
    answer = await two.other.call(method, path.replace("{channel}", known.channel), headers=headers, **more)
    if isinstance(answer.body, dict):
        answer.body.pop("next", None)
    text = json.dumps(answer.body, ensure_ascii=False)
    assert not [one for one in two.told_to_nobody if one in text]
    for name in ("job", "channel", "reference", "button"):
        text = text.replace(getattr(known, name), f"<{name}>")
    return answer.status, text


async def test_every_route_has_its_questions(two: Two) -> None:
    assert set(questions(two.known)) == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
async def test_what_another_tenant_has_is_answered_like_what_nobody_has(two: Two, route: str) -> None:
    before = await two.first.job(two.known.job)

    pairs = [
        (await answer_to(two, route, two.known, asked), await answer_to(two, route, two.nothing, nothing))
        for asked, nothing in zip(questions(two.known)[route], questions(two.nothing)[route], strict=True)
    ]

    assert [asked for asked, _ in pairs] == [nothing for _, nothing in pairs]
    assert await two.first.job(two.known.job) == before


async def test_a_secret_is_the_tenants_own(two: Two) -> None:
    own = [(await api.get("/v1/pixverse/callbacks/secret")).body["secret"] for api in (two.first, two.other)]

    assert own[0] != own[1]
    assert [(await two.other.get("/v1/pixverse/callbacks/secret")).body["secret"]] == own[1:]


async def test_a_stream_of_another_tenant_is_silent(two: Two) -> None:
    """It gets the beginning and nothing of the job that the first tenant makes meanwhile."""
    headers = {"Authorization": f"Bearer {two.other.token}", "Last-Event-ID": "0"}
    async with two.other.http.get(two.other.url + "/v1/pixverse/events", headers=headers) as response:
        made = (await two.first.create(PROMPT)).body
        await two.first.ended(made["jobid"])
        heard = await response.content.readuntil(b"\n\n") + await response.content.readuntil(b"\n\n")
        await two.other.get("/v1/pixverse/jobs")
        rest = response.content.read_nowait()

    assert b"data" not in heard + rest
