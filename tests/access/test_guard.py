"""What a request needs to be let in: a token that is known, its scope, and what is left of its quotas."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bridge.access.api_token import Revoker
from bridge.access.quotas import Quotas
from bridge.access.scopes import ALL, Scope
from bridge.api.http.guard import guard
from bridge.app.bridge import RunningBridge
from bridge.feed.live import Notice
from bridge.store.patience import waiting
from bridge.store.rows import api_tokens
from bridge.store.sqlite.sqlite import sqlite_database
from bridge.store.vault import digest
from tests.acceptance.moved_time import MovedClock
from tests.access.conftest import Holder
from tests.tools.hand_clock import HandClock
from tests.tools.openapi_document import DOCUMENT
from tests.tools.world import Answer, Api

if TYPE_CHECKING:
    from bridge.flows.access.callers import Callers

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOWHERE = "123456789012345678"
CHALLENGE = 'Bearer realm="pixverse-bridge"'
OPERATIONS = [
    (method, path, about["security"][0]["bearer"][0])
    for path, methods in DOCUMENT["paths"].items()
    for method, about in methods.items()
    if about["security"][0]["bearer"]  # some take any token
]


async def asked(api: Api, authorization: str | None) -> Answer:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with api.http.get(api.url + "/v1/pixverse/jobs", headers=headers) as response:
        return Answer(response.status, json.loads(await response.text()), response.headers)


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer ", "bearer    "])
async def test_without_a_token_the_challenge_says_nothing_of_an_error(api: Api, given: str | None) -> None:
    answer = await asked(api, given)

    assert (answer.status, answer.body) == (401, {"error": "Unauthorized", "code": 401})
    assert answer.headers["WWW-Authenticate"] == CHALLENGE


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("Basic eDp5", "The scheme is not Bearer"),
        ("an-api-token:with-marks", "The scheme is not Bearer"),
        ("Bearer wrong", "The token is unknown"),
        ("Bearer an-api-token:with-mark", "The token is unknown"),
        ("Bearer \xe9\xff", "The token is unknown"),
    ],
)
async def test_a_token_that_does_not_open_is_told_why(api: Api, given: str, reason: str) -> None:
    answer = await asked(api, given)

    assert (answer.status, answer.body) == (401, {"error": "Unauthorized", "code": 401})
    told = answer.headers["WWW-Authenticate"]
    assert told == f'{CHALLENGE}, error="invalid_token", error_description="{reason}"'


@pytest.mark.parametrize("other", ["Bearer wrong", "Basic eDp5", "Bearer "])
@pytest.mark.parametrize("is_first", [True, False])
async def test_of_two_tokens_none_is_chosen(api: Api, other: str, is_first: bool) -> None:
    """A proxy that checks tokens could have looked at the other one."""
    both = [f"Bearer {api.token}", other] if is_first else [other, f"Bearer {api.token}"]
    headers = [("Authorization", one) for one in both]

    async with api.http.get(api.url + "/v1/pixverse/jobs", headers=headers) as response:
        status, told = response.status, response.headers["WWW-Authenticate"]

    assert status == 401
    assert told.endswith('error_description="There is more than one Authorization header"')


async def test_an_expired_and_a_revoked_token_are_told_apart(
    holder: Holder, folder: Path, clock: MovedClock
) -> None:
    expired = await holder("an-expired-token", expires_ms=1)
    revoked = await holder("a-revoked-token")
    async with sqlite_database(folder / "bridge.db") as beside:
        await beside.write(lambda tx: api_tokens.revoke(tx, digest(revoked.token)[:8], Revoker.COMMAND, 1))
    clock.ahead_s += 1

    told = [
        (await client.get("/v1/pixverse/jobs")).headers["WWW-Authenticate"] for client in (expired, revoked)
    ]

    assert [one.partition("error_description=")[2] for one in told] == [
        '"The token has expired"',
        '"The token was revoked"',
    ]


async def test_a_token_that_was_created_beside_the_bridge_opens_it(holder: Holder) -> None:
    other = await holder("created-just-now")

    assert (await other.get("/v1/pixverse/jobs")).status == 200


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
async def test_an_operation_needs_its_scope_and_no_other(
    holder: Holder, method: str, path: str, scope: str
) -> None:
    without = await holder(f"without {method} {path}", scopes=ALL - {Scope(scope)})
    only = await holder(f"only {method} {path}", scopes=frozenset({Scope(scope)}))
    filled = path.replace("{channel}", NOWHERE)
    more: dict[str, Any] = {"headers": {"Accept": "application/json"}}

    refused = await without.call(method, filled, **more)
    passed = await only.call(method, filled, **more)

    assert (refused.status, refused.body) == (403, {"error": "Forbidden", "errorDetails": scope, "code": 403})
    assert f'error="insufficient_scope", scope="{scope}"' in refused.headers["WWW-Authenticate"]
    assert passed.status not in (401, 403)


async def test_every_scope_is_needed_by_an_operation() -> None:
    beside = {Scope.SECRETS_READ, Scope.METRICS}  # an answer, an address outside the description

    assert {scope for *_, scope in OPERATIONS} | beside == set(Scope)


@pytest.mark.parametrize("scopes", [ALL, frozenset({Scope.JOBS_READ}), frozenset[Scope]()])
async def test_a_token_is_told_its_own_scopes_whatever_they_are(
    holder: Holder, scopes: frozenset[Scope]
) -> None:
    other = await holder(f"a-token-with-{len(scopes)}-scopes", scopes=scopes, expires_ms=4_102_444_800_000)

    answer = await other.get("/v1/pixverse/token")

    assert answer.body == {
        "tenant": "default",
        "scopes": [scope.value for scope in Scope if scope in scopes],
        "expires": "2100-01-01T00:00:00.000Z",
        "code": 200,
    }


async def test_without_the_scope_for_secrets_discord_tokens_are_masked(api: Api, holder: Holder) -> None:
    careful = await holder("cannot-take-accounts-over", scopes=ALL - {Scope.SECRETS_READ})
    [[channel, whole]] = (await api.get("/v1/pixverse/account")).body.items()

    listed = (await careful.get("/v1/pixverse/account")).body[channel]
    one = (await careful.get(f"/v1/pixverse/account/{channel}")).body

    assert listed == one == {**whole, "discord": f"{whole['discord'][:3]}…secured…{whole['discord'][-3:]}"}
    assert len(whole["discord"]) > 20


async def test_a_masked_token_is_refused_whatever_the_scope(api: Api, holder: Holder) -> None:
    careful = await holder("posts-what-it-sees", scopes=ALL - {Scope.SECRETS_READ})
    [[channel, shown]] = (await careful.get("/v1/pixverse/account")).body.items()
    before = (await api.get(f"/v1/pixverse/account/{channel}")).body
    submit = {
        "prompt": "a cat",
        "style": "Realistic",
        **{k: shown[k] for k in ("discord", "server", "channel")},
    }

    for client in (api, careful):
        answers = [
            await client.call("POST", f"/v1/pixverse/account/{channel}", json=shown),
            await client.call("POST", "/v1/pixverse/create", json=submit),
        ]
        assert [answer.status for answer in answers] == [400, 400]
        assert all("masked" in answer.body["errorDetails"] for answer in answers)
    assert (await api.get(f"/v1/pixverse/account/{channel}")).body == before


async def test_requests_over_the_quota_are_told_when_to_come_back(holder: Holder) -> None:
    limited = await holder("two-a-minute", quotas=Quotas(requests_per_minute=2))

    answers = [await limited.get("/v1/pixverse/jobs") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers] == [
        '"requests";r=1',
        '"requests";r=0',
        '"requests";r=0',
    ]
    over = answers[-1]
    assert over.headers["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert over.headers["Retry-After"] == over.headers["RateLimit"].partition(";t=")[2]
    assert 50 <= int(over.headers["Retry-After"]) <= 60
    assert over.body["code"] == 429


async def test_the_quota_of_jobs_counts_accepted_jobs_and_no_repeat(holder: Holder) -> None:
    limited = await holder("two-jobs-a-day", quotas=Quotas(jobs_per_day=2))
    refused = await limited.create("a cat", style="Unknown")
    first = await limited.create("a cat", replyRef="1")
    key = {"Idempotency-Key": "once"}
    body = {"prompt": "a dog", "style": "Realistic"}

    answers = [await limited.call("POST", "/v1/pixverse/create", json=body, headers=key) for _ in range(3)]
    over = await limited.create("a third")
    listed = (await limited.get("/v1/pixverse/jobs/history?limit=100")).body["jobs"]

    assert (refused.status, first.status) == (400, 200)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert (over.status, over.headers["RateLimit-Policy"]) == (429, '"jobs";q=2;w=86400')
    assert 1 <= int(over.headers["Retry-After"]) <= 86_400
    assert "a third" not in [job["prompt"] for job in listed]


async def test_a_token_has_only_as_many_streams_as_it_may(holder: Holder) -> None:
    limited = await holder("one-stream", quotas=Quotas(streams=1))
    headers = {"Authorization": f"Bearer {limited.token}"}
    address = limited.url + "/v1/pixverse/events"

    async with limited.http.get(address, headers=headers) as stream:
        second = await limited.get("/v1/pixverse/events")
        page = await limited.get("/v1/pixverse/events", headers={"Accept": "application/json"})
    assert stream.status == 200

    assert (second.status, second.headers["RateLimit"]) == (429, '"streams";r=0')
    assert second.headers["RateLimit-Policy"] == '"streams";q=1'
    assert "Retry-After" in second.headers
    assert page.status == 200


async def test_without_the_scope_for_accounts_a_stream_has_no_notices(
    holder: Holder, bridge: RunningBridge, api: Api
) -> None:
    jobs_only = await holder("jobs-only", scopes=frozenset({Scope.JOBS_READ}))
    async with following(api) as full, following(jobs_only) as limited:
        bridge.feed.publish(Notice("default", NOWHERE, b'{"channel": "1"}'))

        await api.create("a cat after the notice")

        assert "event: account" in await until_the_cat(full)
        assert "event: account" not in await until_the_cat(limited)


async def until_the_cat(lines: AsyncIterator[str]) -> list[str]:
    """Return the lines up to the first about that job; jobs of earlier tests may still move before it."""
    read: list[str] = []
    async for line in lines:
        read.append(line)
        if "a cat after the notice" in line:
            break
    return read


@asynccontextmanager
async def following(client: Api) -> AsyncIterator[AsyncIterator[str]]:
    """Follow the stream of a client: the lines after its opening that are events or data."""
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.http.get(client.url + "/v1/pixverse/events", headers=headers) as response:
        await response.content.readuntil(b"\n\n")
        await response.content.readuntil(b"\n\n")
        lines = (line.decode().strip() async for line in response.content)
        yield (line async for line in lines if line.startswith(("event: ", "data: ")))


async def test_each_request_of_a_connection_has_its_own_patience_with_the_database() -> None:
    clock, left = HandClock(), list[float]()

    async def handler(_: web.Request) -> web.Response:
        for _again in range(2):
            with waiting(4) as left_s:
                clock.pass_s(3)
            left.append(left_s)
        return web.Response()

    guarded = guard(cast("Callers", SimpleNamespace(clock=clock)))
    for _ in range(2):
        await guarded(make_mocked_request("GET", "/"), handler)

    assert left == [4, 1, 4, 1]
