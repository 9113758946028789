"""One WebSocket of the gateway, from HELLO to its end (discord-userdoccers, "Using the Gateway")."""

import asyncio
import json
from collections import deque

from aiohttp import WSMsgType, web

from bridge.sandbox.gateway.opcodes import HELLO, Talk, expect_heartbeat, obey
from bridge.sandbox.sessions.encoding import codec_named
from bridge.sandbox.sessions.line import Line
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["connect"]

MOST_FRAMES, FRAMES_WITHIN_MS = 120, 60_000
DECODE_ERROR, TOO_FAST, INVALID_VERSION = 4002, 4008, 4012
VERSIONS = ("9", "10")
ENDING_CODES = (1000, 1001)
MOST_FRAME_BYTES = 64 * 1024


async def connect(sim: Simulation, request: web.Request) -> web.StreamResponse:
    """Serve a gateway connection until it ends."""
    codec = codec_named(request.query.get("compress", ""))
    if sim.faults.stands("refuse_gateway", None) or codec is None:
        return web.Response(status=503 if codec else 400, text="The gateway does not take this connection.")
    # discord.py-self offers permessage-deflate but cannot decode it: it is never accepted.
    socket = web.WebSocketResponse(compress=False, timeout=1.0, max_msg_size=MOST_FRAME_BYTES)
    await socket.prepare(request)
    line = Line(socket, request.transport, codec, sim.frames.opened())
    version = request.query.get("v", "9")
    number, has_stream = int(version) if version in VERSIONS else 0, bool(request.query.get("compress"))
    talk = Talk(sim, line, number, has_stream, request.remote or "")
    interval_ms = int(sim.heartbeat_s * 1000)
    line.say(HELLO, {"heartbeat_interval": interval_ms, "_trace": ['["sandbox",{"micros":0}]']})
    expect_heartbeat(talk)
    if version not in VERSIONS or request.query.get("encoding", "json") != "json":
        line.end(INVALID_VERSION)
    async with asyncio.TaskGroup() as group:
        writer = group.create_task(line.write_all(), name="gateway_writer")
        await _listen(talk, socket)
        writer.cancel()
    _leave(talk, socket.close_code)
    return socket


async def _listen(talk: Talk, socket: web.WebSocketResponse) -> None:
    times: deque[int] = deque(maxlen=MOST_FRAMES)
    async for message in socket:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        if talk.line.is_ended or talk.line.is_mute:
            continue
        frame = _decode(message.data)
        now_ms = talk.sim.clock.now_ms()
        if len(times) == MOST_FRAMES and now_ms - times[0] < FRAMES_WITHIN_MS:
            talk.line.end(TOO_FAST)
        elif frame is None:
            talk.line.end(DECODE_ERROR)
        else:
            obey(talk, frame)
        times.append(now_ms)


def _decode(data: str | bytes) -> Json | None:
    try:
        frame = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def _leave(talk: Talk, close_code: int | None) -> None:
    """Keep the session for a RESUME, unless the client said goodbye."""
    talk.sim.clock.forget(talk.watch)
    if talk.presence is not None:
        talk.presence.end()
    session = talk.session
    if session is None or session.line is not talk.line:
        return
    if close_code in ENDING_CODES:
        talk.sim.hub.end(session)
    else:
        talk.sim.hub.lose(session, talk.line)
