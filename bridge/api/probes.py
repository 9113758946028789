"""What a container, a balancer or a person asks a bridge without a token: does it live, may it get requests.

Neither answer tells more than what works: no number, no name, no address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.api.http.answers import Refusal, as_json
from bridge.api.http.options import HEALTHZ, READYZ
from bridge.flows.readiness import Check, Readiness
from bridge.metrics.loop_lag import LoopLag

NO_STORE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Probes:
    """Handlers of `/healthz` and `/readyz`."""

    loop: LoopLag
    readiness: Readiness

    async def health(self, _request: web.Request) -> web.Response:
        """Answer whether the process answers, and its event loop does not stand still."""
        is_stuck = self.loop.is_stuck()
        text = "the event loop stood still a short time ago" if is_stuck else "the event loop turns"
        return _answer([Check("loop", not is_stuck, text)])

    async def ready(self, request: web.Request) -> web.Response:
        """Answer whether requests make sense now: each part by name, without those of `exclude`."""
        left_out = {name for value in request.query.getall("exclude", ()) for name in value.split(",")}
        checks = await self.readiness.checks()
        names = [check.name for check in checks]
        if left_out - set(names):
            raise Refusal(400, f"exclude must be one of {', '.join(names)}")
        return _answer([check for check in checks if check.name not in left_out])


def add_probes(app: web.Application, probes: Probes) -> None:
    """Let an application answer the probes."""
    app.router.add_get(HEALTHZ, probes.health)
    app.router.add_get(READYZ, probes.ready)


def _answer(checks: Sequence[Check]) -> web.Response:
    is_ok = all(check.is_ok for check in checks)
    status = 200 if is_ok else 503
    named = {check.name: {"ok": check.is_ok, "text": check.text} for check in checks}
    return as_json({"ok": is_ok, "checks": named, "code": status}, status, NO_STORE)
