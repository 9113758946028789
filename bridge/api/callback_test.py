"""Sending a test callback, and saying what became of it."""

from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web

from bridge.access.quotas import Quotas, RequestWindows, Usage
from bridge.api.contract.requests import CallbackTestForm, read_form
from bridge.api.contract.responses import CallbackTestBody
from bridge.api.contract.sample import sample
from bridge.api.contract.targets import check_reply_url
from bridge.api.http.answers import as_json
from bridge.api.http.guard import TENANT
from bridge.api.http.rate_limits import over_quota
from bridge.api.http.request_body import read_fields
from bridge.callbacks.sample import SampleSender, explained

PER_MINUTE: Final = 10
"""How many test callbacks a tenant may send: anybody's server can be named as the receiver."""


@dataclass(frozen=True, slots=True)
class CallbackTestResource:
    """The handler of `/v1/pixverse/callbacks/test`."""

    sender: SampleSender
    sent: RequestWindows = field(default_factory=RequestWindows)

    async def post(self, request: web.Request) -> web.Response:
        """Send a signed sample record to a URL once, and answer with what happened."""
        tenant = request[TENANT]
        url = read_form(CallbackTestForm, await read_fields(request)).replyUrl
        check_reply_url(url, self.sender.client.addresses)
        self._count(tenant)
        result = await self.sender.send(tenant, url, sample(url, self.sender.clock.now_ms()))
        attempt = result.attempt
        body = CallbackTestBody(
            id=result.id,
            delivered=attempt.is_delivered,
            status=attempt.status,
            duration_ms=result.took_ms,
            error=attempt.error,
            explanation=explained(attempt),
        )
        return as_json(body.model_dump())

    def _count(self, tenant: str) -> None:
        taken = self.sent.take(
            tenant, Quotas(requests_per_minute=PER_MINUTE), self.sender.clock.monotonic_ms()
        )
        if taken is not None and not taken[1]:
            raise over_quota(replace(taken[0], name="tests"))


def tests_spent() -> Usage:
    """Return the usage of the test callbacks of which nothing is left."""
    return Usage("tests", PER_MINUTE, 0, 60, 30)
