"""What the bridge says by itself is as its description says: on the stream, and at the operator's URL."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator, FormatChecker
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.api.contract.responses import AccountNotice
from bridge.api.contract.views import JobRecord
from bridge.app.bridge import RunningBridge
from bridge.sandbox import Sandbox
from scripts.write_openapi import described
from tests.tools.receivers import Receiver, receiving
from tests.tools.world import LIMIT_S, Api, Discord, bridge_on

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOCUMENT: Final[dict[str, Any]] = json.loads(described())
ALERT: Final = DOCUMENT["webhooks"]["accountChanged"]["post"]
EVENTS: Final = DOCUMENT["paths"]["/v1/pixverse/events"]["get"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operator() -> AsyncIterator[Receiver]:
    async with receiving() as operator:
        yield operator


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge(
    sandbox: Sandbox, operator: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningBridge]:
    alerts = {"url": operator.url}
    async with bridge_on(sandbox, tmp_path_factory.mktemp("bridge"), alerts=alerts) as bridge:
        yield bridge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heard(api: Api, discord: Discord, operator: Receiver) -> list[tuple[dict[str, str], Any]]:
    """What the stream said from the first job up to an account that needs a person, who was told of it."""
    headers = {"Authorization": f"Bearer {api.token}", "Last-Event-ID": "0"}
    frames: list[tuple[dict[str, str], Any]] = []
    await api.create("a cat #slow=0.1")
    async with (
        asyncio.timeout(LIMIT_S),
        api.http.get(f"{api.url}/v1/pixverse/events", headers=headers) as response,
    ):
        while not has_ended(frames):
            frames.append(frame_of(await response.content.readuntil(b"\n\n")))
        await discord.fault("close", code=4015)
        while not needs_human(frames):
            frames.append(frame_of(await response.content.readuntil(b"\n\n")))
    await operator.got(1)
    return frames


def frame_of(block: bytes) -> tuple[dict[str, str], Any]:
    """Return the fields of a frame, and its data."""
    fields = dict(line.split(": ", 1) for line in block.decode().strip().split("\n"))
    data = fields.pop("data", None)
    return fields, None if data is None else json.loads(data)


def has_ended(frames: list[tuple[dict[str, str], Any]]) -> bool:
    return any(data and data.get("status") == "completed" for _, data in frames)


def needs_human(frames: list[tuple[dict[str, str], Any]]) -> bool:
    return any(data and data.get("condition") == "needs_human" for _, data in frames)


def faults(schema: dict[str, Any], body: Any) -> list[str]:
    """Return what of a body is not as a schema of the description says; what it does not name is one too."""
    whole = {**schema, "components": DOCUMENT["components"]}
    errors = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(body)
    named = component(schema)["properties"]
    return [error.message for error in errors] + [
        f"{name} is not named" for name in body if name not in named
    ]


def component(schema: dict[str, Any]) -> Any:
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def called(kind: type) -> dict[str, Any]:
    """Return the schema of that name, which the description of the stream gives to what it sends."""
    assert f"`data: <{kind.__name__}>`" in EVENTS["description"]
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


async def test_every_notice_on_the_stream_is_as_it_is_described(
    heard: list[tuple[dict[str, str], Any]],
) -> None:
    notices = [(fields, data) for fields, data in heard if fields.get("event") == "account"]

    assert notices
    assert all(fields == {"event": "account"} for fields, _ in notices)
    assert [fault for _, data in notices for fault in faults(called(AccountNotice), data)] == []


async def test_every_record_on_the_stream_is_as_it_is_described(
    heard: list[tuple[dict[str, str], Any]],
) -> None:
    records = [(fields, data) for fields, data in heard if data and "event" not in fields]

    assert len(records) >= 3
    assert all(fields.keys() == {"id"} for fields, _ in records)
    assert [fault for _, data in records for fault in faults(called(JobRecord), data)] == []


async def test_the_stream_begins_as_it_is_described(heard: list[tuple[dict[str, str], Any]]) -> None:
    first = next(int(fields["id"]) for fields, data in heard if data and "id" in fields)

    assert heard[:2] == [({"retry": "2000"}, None), ({"id": str(first - 1)}, None)]
    assert "`retry: 2000`" in EVENTS["description"]


@pytest.mark.usefixtures("heard")
async def test_an_alert_is_as_it_is_described(operator: Receiver) -> None:
    (post,) = await operator.got(1)
    schema = ALERT["requestBody"]["content"][post.headers["content-type"]]["schema"]

    assert schema == called(AccountNotice)
    assert faults(schema, post.job) == []
    assert post.job["condition"] == "needs_human"
    assert {parameter["name"] for parameter in ALERT["parameters"]} <= post.headers.keys()


@pytest.mark.usefixtures("heard")
async def test_an_alert_is_verified_by_a_library_of_others(bridge: RunningBridge, operator: Receiver) -> None:
    (post,) = await operator.got(1)
    webhook = Webhook(bridge.foundation.webhook_secret)

    told = webhook.verify(post.body, post.headers)

    assert (told, post.id.startswith("msg_")) == (post.job, True)
    with pytest.raises(WebhookVerificationError):
        webhook.verify(post.body + b" ", post.headers)


@pytest.mark.parametrize("name", ["channel", "condition", "since", "reason", "remedy"])
@pytest.mark.usefixtures("heard")
async def test_the_check_sees_what_is_missing_or_of_another_kind(operator: Receiver, name: str) -> None:
    (post,) = await operator.got(1)
    without = {key: value for key, value in post.job.items() if key != name}

    assert faults(called(AccountNotice), without)
    assert faults(called(AccountNotice), {**post.job, name: 7})
    assert faults(called(AccountNotice), {**post.job, "more": ""})
