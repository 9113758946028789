"""The trace of a job, as a collector gets it by OTLP: whole, also if the bridge is restarted meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.tools.world import LIMIT_S, Api, Receiver, bridge_on

TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER: Final = "00f067aa0ba902b7"


@dataclass
class Collector:
    """Takes spans, and keeps them by their names."""

    url: str = ""
    spans: dict[str, Any] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for resource in sent.resource_spans:
            told = {each.key: each.value.string_value for each in resource.resource.attributes}
            self.services.add(told["service.name"])
            self.spans |= {span.name: span for scope in resource.scope_spans for span in scope.spans}
        self.arrived.set()
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")

    async def has(self, *names: str) -> None:
        """Return when it has the spans of these names."""
        async with asyncio.timeout(LIMIT_S):
            while not set(names) <= self.spans.keys():
                await self.arrived.wait()
                self.arrived.clear()


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector, app = Collector(), web.Application()
    app.router.add_post("/v1/traces", collector.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()


async def test_a_job_is_one_trace_across_a_restart_and_its_receiver_learns_of_it(
    http: aiohttp.ClientSession, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    body = {"prompt": "a secret cat", "style": "Realistic", "replyUrl": receiver.url}
    async with collecting() as collector, run_sandbox(SandboxOptions(video_seconds=2.0)) as sandbox:
        tracing = {"enabled": True, "endpoint": collector.url}
        async with bridge_on(sandbox, tmp_path, tracing=tracing) as bridge:
            headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
            api = Api(bridge.url, http)
            answer = await api.call("POST", "/v1/pixverse/create", json=body, headers=headers)
            await collector.has("waiting", "post", "answer")
        async with bridge_on(sandbox, tmp_path, tracing=tracing):
            callback = await receiver.next()
            await collector.has("video", "job", "callback")

    spans = collector.spans
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert spans["job"].parent_span_id.hex() == CALLER
    below = [span for name, span in spans.items() if name != "job"]
    assert {span.parent_span_id for span in below} == {spans["job"].span_id}
    assert callback["headers"]["traceparent"] == f"00-{TRACE}-{spans['callback'].span_id.hex()}-01"
    assert answer.body["jobid"] in str(spans["job"].attributes)
    assert (collector.services, "secret" in str(spans)) == ({"pixverse-bridge"}, False)


async def test_without_tracing_nothing_is_kept_and_nothing_told(
    http: aiohttp.ClientSession, receiver: Receiver, tmp_path: Path
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    body = {"prompt": "a cat", "style": "Realistic", "replyUrl": receiver.url}
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.1)) as sandbox,
        bridge_on(sandbox, tmp_path) as bridge,
    ):
        api = Api(bridge.url, http)
        await api.call("POST", "/v1/pixverse/create", json=body, headers=headers)
        callback = await receiver.next()

    assert "traceparent" not in callback["headers"]
