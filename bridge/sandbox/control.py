"""The control API under `/_sandbox/`: what tests ask the simulator and order it to do."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from bridge.sandbox.audience import tell_user
from bridge.sandbox.chatter import KINDS, Order, begin_chatter, end_chatter
from bridge.sandbox.drift.acts import begin_drifts, end_drifts
from bridge.sandbox.drift.orders import BadDrift, read_drifts
from bridge.sandbox.edits import MOST_EDITS, begin_edits, is_edit
from bridge.sandbox.fault_board import Fault
from bridge.sandbox.faults import FAULTS, clear_faults
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.uploads import most_file_bytes
from bridge.sandbox.wire import Json, as_snowflake, dumps
from bridge.sandbox.world.users import view_self
from bridge.sandbox.world_view import view_world

__all__ = ["ACTS"]

Act = Callable[[Simulation, web.Request], Awaitable[web.Response]]


class BadOrder(Exception):
    """An order that the control API does not understand, in one sentence."""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "user_id": (lambda value: as_snowflake(value) is not None, "the id of a user"),
    "premium_type": (lambda value: type(value) is int and 0 <= value <= 3, "0, 1, 2 or 3"),
    "times": (_whole, "a whole number from 1"),
    "seconds": (_number, "a number of seconds"),
    "refuse_s": (_number, "a number of seconds"),
    "retry_after": (_number, "a number of seconds"),
    "hang_s": (_number, "a number of seconds"),
    "advance_s": (_number, "a number of seconds"),
    "code": (lambda value: _whole(value) and 1000 <= value <= 4999, "a close code from 1000 to 4999"),
    "per_second": (lambda value: _number(value) and 0 < value <= 1000, "a number up to 1000"),
    "kinds": (
        lambda value: isinstance(value, list) and value != [] and all(each in KINDS for each in value),
        f"a list of {', '.join(KINDS)}",
    ),
    "edits": (
        lambda value: isinstance(value, list) and len(value) <= MOST_EDITS and all(map(is_edit, value)),
        f"a list of at most {MOST_EDITS} edits, each with channel_id, message_id and content",
    ),
    "prompt": (lambda value: isinstance(value, str), "a text"),
    "delay_s": (_number, "a number of seconds"),
    "channel_id": (lambda value: as_snowflake(value) is not None, "the id of a channel"),
    "missing": (lambda value: value in ("access", "permission"), '"access" or "permission"'),
    "action": (
        lambda value: isinstance(value, str) and value.isupper(),
        "a name in capitals",
    ),
    "quietly": (lambda value: isinstance(value, bool), "true or false"),
    "kept": (lambda value: isinstance(value, bool), "true or false"),
    "forget": (lambda value: isinstance(value, bool), "true or false"),
    "resumable": (lambda value: isinstance(value, bool), "true or false"),
    "after_acceptance": (lambda value: isinstance(value, bool), "true or false"),
    "route": (
        lambda value: isinstance(value, str) and value.startswith("/"),
        'a path behind /api/vN like "/interactions"',
    ),
    "status": (
        lambda value: value == 0 or (_whole(value) and 400 <= value <= 599),
        "0 (no answer) or 400 to 599",
    ),
}


async def show_world(sim: Simulation, _request: web.Request) -> web.Response:
    """GET /_sandbox/world."""
    return _json(200, view_world(sim))


async def show_interactions(sim: Simulation, _request: web.Request) -> web.Response:
    """GET /_sandbox/interactions: a list, oldest first."""
    return _json(200, sim.journal.view())


async def show_frames(sim: Simulation, _request: web.Request) -> web.Response:
    """GET /_sandbox/frames: the last ones that were written, oldest first."""
    return _json(200, sim.frames.view())


async def show_presences(sim: Simulation, _request: web.Request) -> web.Response:
    """GET /_sandbox/presences: who was connected, or sent an interaction, from when to when."""
    return _json(200, sim.presences.view())


async def show_faults(sim: Simulation, _request: web.Request) -> web.Response:
    """GET /_sandbox/faults: those that stand."""
    return _json(200, sim.faults.listed())


async def order_fault(sim: Simulation, request: web.Request) -> web.Response:
    """POST /_sandbox/faults."""
    try:
        fault = _read_fault(await _read(request))
    except BadOrder as error:
        return _json(400, {"error": str(error)})
    begun = FAULTS[fault.name].begin(sim, fault)
    return _json(200, {"fault": fault.name, **begun})


async def end_faults(sim: Simulation, _request: web.Request) -> web.Response:
    """DELETE /_sandbox/faults."""
    clear_faults(sim)
    return web.Response(status=204)


async def move_clock(sim: Simulation, request: web.Request) -> web.Response:
    """POST /_sandbox/clock: wall time goes forward, so that links and tokens die."""
    try:
        order = await _read(request)
        _check(order, frozenset({"advance_s"}), frozenset({"advance_s"}))
    except BadOrder as error:
        return _json(400, {"error": str(error)})
    sim.clock.advance(order["advance_s"])
    return _json(200, {"now_ms": sim.clock.now_ms()})


async def order_chatter(sim: Simulation, request: web.Request) -> web.Response:
    """POST /_sandbox/chatter: others talk in a thread, by default in the first account's."""
    try:
        order = await _read(request)
        _check(order, frozenset({"channel_id", "per_second", "kinds", "prompt", "times"}), frozenset())
    except BadOrder as error:
        return _json(400, {"error": str(error)})
    channel_id = as_snowflake(order.pop("channel_id", view_world(sim)["channel_id"]))
    if channel_id not in sim.world.channels:
        return _json(400, {"error": "channel_id must be the id of a channel that there is"})
    begin_chatter(sim, Order(channel_id, **order))
    return _json(200, {"channel_id": str(channel_id)})


async def stop_chatter(sim: Simulation, _request: web.Request) -> web.Response:
    """DELETE /_sandbox/chatter."""
    return _json(200, {"stopped": end_chatter(sim)})


async def order_edits(sim: Simulation, request: web.Request) -> web.Response:
    """POST /_sandbox/edits: the authors of messages edit them at a rate."""
    try:
        order = await _read(request)
        _check(order, frozenset({"edits", "per_second"}), frozenset({"edits", "per_second"}))
    except BadOrder as error:
        return _json(400, {"error": str(error)})
    begin_edits(sim, order["edits"], order["per_second"])
    return _json(200, {"edits": len(order["edits"])})


async def subscribe(sim: Simulation, request: web.Request) -> web.Response:
    """POST /_sandbox/subscriptions: a user subscribes to Nitro, or to nothing any more."""
    try:
        order = await _read(request)
        both = frozenset({"user_id", "premium_type"})
        _check(order, both, both)
    except BadOrder as error:
        return _json(400, {"error": str(error)})
    user_id = as_snowflake(order["user_id"])
    if user_id not in sim.world.account_tokens:
        return _json(400, {"error": "user_id must be the id of an account that there is"})
    user = replace(sim.world.users[user_id], premium_type=order["premium_type"])
    sim.world.users[user_id] = user
    tell_user(sim, user_id, "USER_UPDATE", view_self(user))
    return _json(200, {"most_file_bytes": most_file_bytes(user)})


async def set_limits(sim: Simulation, request: web.Request) -> web.Response:
    """POST /_sandbox/limits: whether anybody is refused for asking too often."""
    try:
        order = await _read(request)
        _check(order, frozenset({"kept"}), frozenset({"kept"}))
    except BadOrder as error:
        return _json(400, {"error": str(error)})
    sim.limits.are_kept = order["kept"]
    return _json(200, {"kept": sim.limits.are_kept})


async def show_drifts(sim: Simulation, _request: web.Request) -> web.Response:
    """GET /_sandbox/drifts: those that stand."""
    return _json(200, sim.drift.standing)


async def order_drifts(sim: Simulation, request: web.Request) -> web.Response:
    """POST /_sandbox/drifts: one, or a list."""
    try:
        begin_drifts(sim, read_drifts(_parsed(await request.read())))
    except BadDrift as error:
        return _json(400, {"error": str(error)})
    return _json(200, sim.drift.standing)


async def stop_drifts(sim: Simulation, _request: web.Request) -> web.Response:
    """DELETE /_sandbox/drifts: everything is as it was."""
    end_drifts(sim)
    return web.Response(status=204)


ACTS: Mapping[tuple[str, str], Act] = {
    ("GET", "/_sandbox/world"): show_world,
    ("GET", "/_sandbox/interactions"): show_interactions,
    ("GET", "/_sandbox/frames"): show_frames,
    ("GET", "/_sandbox/presences"): show_presences,
    ("GET", "/_sandbox/faults"): show_faults,
    ("POST", "/_sandbox/faults"): order_fault,
    ("DELETE", "/_sandbox/faults"): end_faults,
    ("GET", "/_sandbox/drifts"): show_drifts,
    ("POST", "/_sandbox/drifts"): order_drifts,
    ("DELETE", "/_sandbox/drifts"): stop_drifts,
    ("POST", "/_sandbox/clock"): move_clock,
    ("POST", "/_sandbox/limits"): set_limits,
    ("POST", "/_sandbox/subscriptions"): subscribe,
    ("POST", "/_sandbox/chatter"): order_chatter,
    ("DELETE", "/_sandbox/chatter"): stop_chatter,
    ("POST", "/_sandbox/edits"): order_edits,
}


async def _read(request: web.Request) -> Json:
    order = _parsed(await request.read())
    if not isinstance(order, dict):
        raise BadOrder("the body must be a JSON object")
    return order


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _read_fault(order: Json) -> Fault:
    name = order.pop("fault", None)
    kind = FAULTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise BadOrder(f"fault must be one of {', '.join(FAULTS)}")
    _check(order, kind.fields, kind.needed)
    user_id, times = as_snowflake(order.pop("user_id", None)), order.pop("times", None)
    return Fault(str(name), user_id, times, order)


def _check(order: Json, allowed: frozenset[str], needed: frozenset[str]) -> None:
    for name in needed - order.keys():
        raise BadOrder(f"{name} is missing: it must be {CHECKS[name][1]}")
    for name, value in order.items():
        if name not in allowed:
            raise BadOrder(f"{name} is not known here: allowed are {', '.join(sorted(allowed))}")
        fits, wanted = CHECKS[name]
        if not fits(value):
            raise BadOrder(f"{name} must be {wanted}")


def _json(status: int, body: object) -> web.Response:
    return web.Response(
        status=status, body=dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
