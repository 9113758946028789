"""The CDN: signed downloads with ranges; the storage bucket: uploads (Discord's docs, "Reference")."""

from dataclasses import replace
from urllib.parse import quote

from aiohttp import web

from bridge.sandbox.files import StoredFile
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.spoilt_downloads import ordered, spoilt
from bridge.sandbox.uploads import HELD_FILE_BYTES

__all__ = ["download", "take_upload"]

GONE = "This content is no longer available."
CLIENT_GONE = 499
"""The status of an answer that nobody reads."""


async def download(sim: Simulation, request: web.Request) -> web.StreamResponse:
    """Serve a file, whole or the asked range, while its link works."""
    path = request.url.raw_path
    stored = sim.files.find(path)
    if stored is None or not sim.links.works(path, request.query):
        return web.Response(status=404, text=GONE)
    answer = _answer(request, stored)
    fault = ordered(sim)
    return await spoilt(sim, request, answer, fault) if fault else answer


async def take_upload(sim: Simulation, request: web.Request) -> web.StreamResponse:
    """Take the bytes for an upload slot."""
    slot = sim.uploads.find(f"{request.match_info['slot']}/{request.match_info['filename']}")
    if slot is None:
        return web.Response(status=404, text="No such upload.")
    if sim.faults.strikes("cut_upload", slot.user_id) and request.transport is not None:
        await request.content.readany()
        request.transport.abort()
        return web.Response(status=500)
    if slow := sim.faults.strikes("slow_upload", slot.user_id):
        await sim.clock.sleep(slow.fields["delay_s"])
    try:
        content = await _read(request, min(slot.size, HELD_FILE_BYTES))
    except ConnectionResetError:
        return web.Response(status=CLIENT_GONE)
    if content is None:
        return web.Response(status=400, text="The file is larger than was announced.")
    sim.uploads.keep(replace(slot, content=content))
    return web.Response(status=200)


async def _read(request: web.Request, most: int) -> bytes | None:
    """Return the bytes of a request, None when there are too many."""
    content = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)


def _answer(request: web.Request, stored: StoredFile) -> web.Response:
    size = len(stored.content)
    headers = {
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "public, max-age=31536000",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(stored.filename)}",
        "Content-Type": stored.looks.content_type,
    }
    try:
        wanted = request.http_range
    except ValueError:
        return _unsatisfiable(size)
    if wanted.start is None and wanted.stop is None:
        return web.Response(body=stored.content, headers=headers)
    start, end, _ = wanted.indices(size)
    if start >= end:
        return _unsatisfiable(size)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return web.Response(status=206, body=stored.content[start:end], headers=headers)


def _unsatisfiable(size: int) -> web.Response:
    return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
