"""Downloads from the CDN that go wrong as faults order it; for everybody, since links name nobody."""

from aiohttp import web

from bridge.sandbox.fault_board import Fault
from bridge.sandbox.simulation import Simulation

__all__ = ["ordered", "spoilt"]


def ordered(sim: Simulation) -> Fault | None:
    """Return the fault that the next download has, one time less of it being left."""
    for name in ("missing_download", "cut_download", "short_download", "slow_download"):
        if fault := sim.faults.strikes(name, None):
            return fault
    return None


async def spoilt(
    sim: Simulation, request: web.Request, whole: web.Response, fault: Fault
) -> web.StreamResponse:
    """Send an answer as a fault has it: not at all, half of it, a byte less, or its second half later."""
    content = bytes(whole.body) if isinstance(whole.body, bytes) else b""
    if fault.name == "missing_download":
        return web.Response(status=404, text="This content is no longer available.")
    if fault.name == "short_download":
        return web.Response(status=whole.status, headers=_headers(whole), body=content[:-1])
    half = len(content) // 2
    answer = web.StreamResponse(status=whole.status, headers=_headers(whole))
    answer.content_length = len(content)
    try:
        await answer.prepare(request)
        await answer.write(content[:half])
        if fault.name == "slow_download":
            await sim.clock.sleep(fault.fields["delay_s"])
            await answer.write(content[half:])
        elif request.transport is not None:
            request.transport.abort()
    except ConnectionResetError:
        pass  # whoever asked has gone
    return answer


def _headers(answer: web.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Content-Length"}
