"""Examining an account: what Discord and the bot offer to it, compared with what the bridge needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from bridge.accounts.condition import Condition
from bridge.api.contract.responses import DoctorBody
from bridge.api.contract.wording import not_configured
from bridge.api.http.answers import NO_STORE, Refusal, as_json
from bridge.api.http.guard import TENANT
from bridge.chat import Channel
from bridge.doctor.report import AlreadyExamined, Report, as_object
from bridge.store.database import Database
from bridge.store.rows.accounts import Accounts


class Examining(Protocol):
    """Examines accounts, within a limit of time."""

    async def report(self, token: str | None, place: Channel, condition: Condition | None = None) -> Report:
        """Return the report on an account; raises `AlreadyExamined`."""
        ...


@dataclass(frozen=True, slots=True)
class DoctorResource:
    """The handler of `/v1/pixverse/account/{channel}/doctor`."""

    database: Database
    accounts: Accounts
    doctor: Examining
    condition: Callable[[int], Condition | None]

    async def post(self, request: web.Request) -> web.Response:
        """Answer with what was found about the account of a channel."""
        tenant, channel = request[TENANT], request.match_info["channel"]
        account = await self.database.query(lambda tx: self.accounts.at(tx, tenant, channel))
        if account is None:
            raise not_configured(channel)
        try:
            report = await self.doctor.report(account.token, account.place, self.condition(account.id))
        except AlreadyExamined:
            raise is_examined(channel) from None
        body = DoctorBody.model_validate(as_object(report))
        return as_json(body.model_dump(exclude_none=True), headers=NO_STORE)


def is_examined(channel: str) -> Refusal:
    """Return the refusal of an account that is being examined at this moment."""
    return Refusal(409, f"The account of channel {channel} is being examined", "Repeat the request later")
