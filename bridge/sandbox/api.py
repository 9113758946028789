"""REST: from an HTTP request to the route's handler and back, standing faults included."""

import logging
import re
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from aiohttp import web

from bridge.sandbox.errors import UNAUTHORIZED, ApiError, Problem
from bridge.sandbox.fault_board import Fault
from bridge.sandbox.rest.call import Call, Reply, caller, read_body
from bridge.sandbox.rest.cloudflare import page
from bridge.sandbox.rest.throttling import VIA, count_request, throttled
from bridge.sandbox.routes import Route, find_route
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import dumps

__all__ = ["serve"]

log = logging.getLogger(__name__)
VERSION = re.compile(r"^/api(/v(9|10))?(?=/)")
SOLUTION = "X-Captcha-Key"
BROKEN = Problem(500, 0, "500: Internal Server Error")


async def serve(sim: Simulation, request: web.Request) -> web.StreamResponse:
    """Answer one REST request; what the route leaves for later happens once the answer is sent."""
    call = Call(sim, caller(sim, request), {}, dict(request.query))
    try:
        reply = await _reply(call, request)
    except ApiError as error:
        reply = _refusal(error)
    except Exception:
        log.exception("rest_request_broken")
        reply = Reply(BROKEN.status, {"message": BROKEN.message, "code": BROKEN.code})
    if call.entry is not None:
        call.entry.status = reply.status
    try:
        return await _send(request, _stamped(sim, reply))
    finally:
        if call.presence is not None:
            call.presence.end()
        _finish(call)


async def _reply(call: Call, request: web.Request) -> Reply:
    path = VERSION.sub("", request.path)
    route, call.params = find_route(request.method, path)
    call.body, call.files = await read_body(request)
    if route.is_journaled:
        user_id = call.user.id if call.user is not None else None
        body = call.body if isinstance(call.body, dict) else {}
        call.entry = call.sim.journal.open(call.sim.clock.now_ms(), user_id, body)
        if user_id is not None:
            call.presence = call.sim.presences.begin("post", user_id, request.remote or "")
    solved = "captcha" if SOLUTION in request.headers else None
    fault = call.sim.faults.strikes_path(path, call.user.id if call.user is not None else None, solved)
    return await _act(call, route) if fault is None else await _act_faultily(call, route, fault)


async def _act(call: Call, route: Route) -> Reply:
    if call.user is None and not route.is_open:
        raise ApiError(UNAUTHORIZED)
    told = count_request(call, f"{route.method} {route.path}", route.limit)
    try:
        reply = await route.handler(call)
    except ApiError as error:
        reply = _refusal(error)
    return replace(reply, headers={**told, **reply.headers})


async def _act_faultily(call: Call, route: Route, fault: Fault) -> Reply:
    """Answer as the fault says; with `after_acceptance` or without a status the thing is done."""
    status = fault.fields.get("status")
    reply = await _act(call, route) if fault.fields.get("after_acceptance") or status is None else None
    if fault.fields.get("hang_s"):
        _finish(call)
        await call.sim.clock.sleep(fault.fields["hang_s"])
    if reply is not None and status is None:
        return reply
    if fault.name == "cloudflare":
        return page(fault)
    if status == 429:
        return _refusal(throttled(fault.fields.get("retry_after", 1.0)))
    usual = {"message": f"{status}: injected by the sandbox", "code": 0}
    return Reply(int(status or 0), fault.fields.get("body", usual))


def _finish(call: Call) -> None:
    acts, call.afterwards = call.afterwards, []
    for act in acts:
        act()


def _stamped(sim: Simulation, reply: Reply) -> Reply:
    """Add what every answer of Discord carries: libraries compare `Date`, and miss `Via` in a 429."""
    date = formatdate(sim.clock.now_ms() / 1000, usegmt=True)
    via = {"Via": VIA} if reply.is_of_api else {}
    return replace(reply, headers={"Date": date, **via, **reply.headers})


async def _send(request: web.Request, reply: Reply) -> web.StreamResponse:
    if reply.status == 0:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    response = _response(reply)
    await response.prepare(request)
    await response.write_eof()
    return response


def _response(reply: Reply) -> web.Response:
    headers: dict[str, Any] = {**reply.headers}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    if isinstance(reply.body, bytes):
        return web.Response(status=reply.status, body=reply.body, headers=headers)
    body = dumps(reply.body).encode()
    return web.Response(
        status=reply.status, body=body, headers={**headers, "Content-Type": "application/json"}
    )


def _refusal(error: ApiError) -> Reply:
    return Reply(error.problem.status, error.body(), error.headers)
