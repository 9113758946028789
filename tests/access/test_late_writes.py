"""A request that was let in writes nothing when its token has ended before it writes."""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.access.api_token import Revoker
from bridge.app.bridge import RunningBridge
from bridge.cli import tenants
from bridge.config.settings import Settings
from bridge.flows.access import removal
from bridge.flows.access.known_tokens import KnownTokens
from bridge.store.rows import api_tokens
from bridge.store.vault import digest
from tests.access.conftest import Holder
from tests.tools.openapi_document import DOCUMENT
from tests.tools.rows import left_of
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHANNEL = "123456789012345678"
ACCOUNT = {
    "server": CHANNEL,
    "channel": CHANNEL,
    "discord": "MTExMTExMTExMTExMTExMTEx.secret.of-a-late-request",
}
WORDS = {"prompt": "a cat", "style": "Realistic"}
JOB = "0123456789abcdef0123456789abcdef"
WRITES: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "setAccount": ("POST", f"/v1/pixverse/account/{CHANNEL}", {**ACCOUNT, "maxJobs": 3}),
    "deleteAccount": ("DELETE", f"/v1/pixverse/account/{CHANNEL}", None),
    "changeSettings": ("POST", "/v2/account", {"name": "Late"}),
    "create": ("POST", "/v1/pixverse/create", {**WORDS, **ACCOUNT}),
    "createSingle": ("POST", "/v1/pixverse/create_single", {**WORDS, **ACCOUNT}),
    "cancelJob": ("GET", f"/v1/pixverse/jobs/cancel?jobid={JOB}", None),
    "cancelJobWithSlash": ("GET", f"/v1/pixverse/jobs/cancel/?jobid={JOB}", None),
    "getCallbackSecret": ("GET", "/v1/pixverse/callbacks/secret", None),
    "redeliver": ("POST", "/v1/pixverse/callbacks/redeliver", {"jobid": JOB}),
}
WRITES_NOTHING = {"getToken", "listVerbs", "testCallback", "examineAccount"}
LIKE_CREATE = {"animate", "memeFace", "button"}
"""Operations that submit what they were given in the same way."""


async def test_every_operation_that_may_write_is_tried() -> None:
    scopes = {
        about["operationId"]: about["security"][0]["bearer"][0]
        for methods in DOCUMENT["paths"].values()
        for about in methods.values()
        if about["operationId"] not in WRITES_NOTHING
    }

    assert WRITES.keys() | LIKE_CREATE == {
        name for name, scope in scopes.items() if not scope.endswith(":read") or scope == "secrets:read"
    }


@pytest_asyncio.fixture(loop_scope="module")
async def late(holder: Holder, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Api:
    """A client of the tenant acme whose requests are all let in: the tokens are not read again."""
    client = await holder(f"of-{request.node.name}", tenant="acme")
    await client.get("/v2/account")

    async def not_again(*_: object) -> None:
        return None

    monkeypatch.setattr(KnownTokens, "refresh", not_again)
    return client


@pytest.mark.parametrize("name", WRITES)
async def test_a_revoked_token_writes_nothing_for_a_request_that_was_let_in(
    bridge: RunningBridge, folder: Path, late: Api, name: str
) -> None:
    method, path, body = WRITES[name]
    token_id = digest(late.token)[:8]
    await bridge.foundation.database.write(lambda tx: api_tokens.revoke(tx, token_id, Revoker.COMMAND, 1))
    before = left_of(folder, "acme")

    answer = await late.call(method, path, json=body)

    assert (answer.status, answer.body) == (401, {"error": "Unauthorized", "code": 401})
    assert 'error_description="The token was revoked"' in answer.headers["WWW-Authenticate"]
    assert left_of(folder, "acme") == before


@pytest.mark.parametrize("name", WRITES)
async def test_a_removed_tenant_writes_nothing_for_a_request_that_was_let_in(
    folder: Path, late: Api, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, path, body = WRITES[name]
    monkeypatch.setattr(removal, "HELD_S", 0.0)
    await tenants.removing("acme", is_forced=True)(Settings(data_dir=folder))

    answer = await late.call(method, path, json=body)

    assert answer.status == 401
    assert 'error_description="The token is unknown"' in answer.headers["WWW-Authenticate"]
    assert left_of(folder, "acme") == {}
