"""Callbacks and alerts go to public addresses only, unless the operator has listed others."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bridge.app.bridge import RunningBridge, running
from bridge.callbacks.attempt import NOT_FOUND
from bridge.clock import SystemClock
from bridge.errors import ConfigurationError
from bridge.logs import Redactor
from bridge.sandbox import Sandbox
from tests.tools.processes import command
from tests.tools.world import LIMIT_S, Api, Receiver, a_receiver, bridge_on, settings_for

REFUSED = (400, "replyUrl is not an allowed URL")
WHY = "leads to 127.0.0.1, a loopback address: such a receiver must be listed in callbacks.allow"
NOTHING: dict[str, Any] = {"allow": [], "pauses_s": []}


async def given_up(bridge: RunningBridge, api: Api, job_id: str) -> Any:
    """Return the last attempt of a job's callback, when it has been given up."""
    with bridge.foundation.notifier.subscribe("callbacks") as subscription:
        async with asyncio.timeout(LIMIT_S):
            while True:
                found = (await api.get(f"/v1/pixverse/callbacks?jobid={job_id}")).body["callbacks"]
                if found and found[0]["state"] == "given_up":
                    return found[0]["attempts"][-1]
                await subscription.wait(LIMIT_S)


async def test_a_receiver_on_this_machine_is_refused_and_the_answer_names_the_setting(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    async with bridge_on(sandbox, tmp_path, callbacks=NOTHING) as bridge:
        api = Api(bridge.url, http)
        submit = await api.create("a cat", replyUrl=receiver.url)
        own = await api.call("POST", "/v2/account", json={"name": "Ann", "replyUrl": receiver.url})
        kept = (await api.get("/v1/pixverse/jobs/history")).body["jobs"], (await api.get("/v2/account")).body

    for answer in (submit, own):
        assert (answer.status, answer.body["error"]) == REFUSED
        assert answer.body["errorDetails"] == f"replyUrl {WHY}"
    assert kept == ([], {"code": 200})


async def test_a_name_that_leads_to_this_machine_is_a_failed_attempt(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    async with bridge_on(sandbox, tmp_path, callbacks=NOTHING) as bridge:
        api = Api(bridge.url, http)
        job = await api.create("a cat", replyUrl=receiver.url.replace("127.0.0.1", "localhost"))
        attempt = await given_up(bridge, api, job.body["jobid"])

    assert (attempt["status"], attempt["error"]) == (None, NOT_FOUND)
    assert receiver.attempts == []


async def test_what_was_accepted_while_it_was_allowed_is_not_sent_any_more(
    sandbox: Sandbox, tmp_path: Path, http: aiohttp.ClientSession, receiver: Receiver
) -> None:
    async with bridge_on(sandbox, tmp_path) as bridge:
        api = Api(bridge.url, http)
        await api.call("POST", "/v2/account", json={"replyUrl": receiver.url})
        first = (await api.create("a cat")).body["jobid"]
        await receiver.next()

    async with bridge_on(sandbox, tmp_path, callbacks=NOTHING) as bridge:
        api = Api(bridge.url, http)
        again = await api.call("POST", "/v1/pixverse/callbacks/redeliver", json={"jobid": first})
        second = (await api.create("a dog")).body["jobid"]
        attempts = [await given_up(bridge, api, job) for job in (first, second)]

    assert again.body["redelivered"] == 1
    assert [(one["status"], one["error"]) for one in attempts] == [(None, NOT_FOUND)] * 2
    assert receiver.attempts == [200]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_a_bridge_whose_alerts_lead_where_they_may_not_does_not_start(
    sandbox: Sandbox, tmp_path: Path, host: str
) -> None:
    settings = settings_for(
        sandbox, tmp_path, alerts={"url": f"http://{host}:9/"}, callbacks={"allow": ["10.0.0.0/8"]}
    )

    with pytest.raises(ConfigurationError) as caught:
        async with running(settings, Redactor(SystemClock())):
            raise AssertionError("it started")

    assert str(caught.value).startswith("alerts.url: ")
    assert "is a loopback address" in str(caught.value)
    assert "callbacks.allow" in str(caught.value)


async def test_a_bridge_starts_though_the_name_of_its_alerts_does_not_resolve(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    getaddrinfo = socket.getaddrinfo

    def asked(host: Any, *more: Any, **others: Any) -> Any:
        if host == "ops.test":
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")
        return getaddrinfo(host, *more, **others)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    with capture_logs() as logs:
        async with bridge_on(sandbox, tmp_path, alerts={"url": "http://ops.test/"}):
            pass

    assert "alerts_host_was_not_found" in [each["event"] for each in logs]


async def test_a_sandbox_calls_back_this_machine(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    options = ("--port", "0", "--video-seconds", "0.1")
    async with a_receiver() as receiver, command("sandbox", *options, folder=tmp_path) as sandbox:
        api = Api(sandbox.facts["url"], http, sandbox.facts["api_token"])
        for host in ("127.0.0.1", "localhost"):
            answer = await api.create("a cat", replyUrl=receiver.url.replace("127.0.0.1", host))
            callback = await receiver.next()

            assert callback["job"]["jobid"] == answer.body["jobid"]
