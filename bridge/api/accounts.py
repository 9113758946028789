"""The account resource: a tenant's configured Discord accounts."""

from dataclasses import dataclass

from aiohttp import web

from bridge.access.api_token import ApiToken
from bridge.access.scopes import Scope
from bridge.accounts.account import Account
from bridge.accounts.guard_rails import RailChanges
from bridge.api.contract.requests import AccountForm, PauseForm, read_form
from bridge.api.contract.responses import AccountBody
from bridge.api.contract.wording import not_configured, unavailable
from bridge.api.http.answers import NO_STORE, Refusal, as_json
from bridge.api.http.guard import TENANT, TOKEN
from bridge.api.http.request_body import Fields, read_fields
from bridge.flows.configure import AccountEntry, Configure
from bridge.flows.places import NotAvailable
from bridge.store.database import Database
from bridge.store.rows.accounts import Accounts


@dataclass(frozen=True, slots=True)
class AccountResource:
    """Handlers of `/v1/pixverse/account`."""

    database: Database
    accounts: Accounts
    configure: Configure

    async def list(self, request: web.Request) -> web.Response:
        """Answer with the configured accounts by channel."""
        tenant = request[TENANT]
        found = await self.database.query(lambda tx: self.accounts.configured(tx, tenant))
        if not found:
            raise not_configured(None)
        return as_json(
            {account.channel: _view(account, request[TOKEN]) for account in found}, headers=NO_STORE
        )

    async def get(self, request: web.Request) -> web.Response:
        """Answer with the account of a channel."""
        tenant, channel = request[TENANT], request.match_info["channel"]
        account = await self.database.query(lambda tx: self.accounts.at(tx, tenant, channel))
        if account is None:
            raise not_configured(channel)
        return as_json(_view(account, request[TOKEN]), headers=NO_STORE)

    async def post(self, request: web.Request) -> web.Response:
        """Create or update the account of a channel; `paused` alone only pauses or resumes it."""
        fields, channel = await read_fields(request), request.match_info["channel"]
        if "paused" in fields and not fields.keys() & AccountForm.MISSING.keys():
            return await self._pause(request[TENANT], channel, fields)
        entry = _entry(fields, channel)
        conflict = await self.configure.set(request[TENANT], entry)
        if isinstance(conflict, NotAvailable):
            raise unavailable(conflict.channel)
        if conflict is not None:
            raise same_token(conflict.channel)
        return web.Response(status=204)

    async def delete(self, request: web.Request) -> web.Response:
        """Remove the account of a channel."""
        channel = request.match_info["channel"]
        if not await self.configure.remove(request[TENANT], channel):
            raise not_configured(channel)
        return web.Response(status=204)

    async def _pause(self, tenant: str, channel: str, fields: Fields) -> web.Response:
        form = read_form(PauseForm, fields)
        if not await self.configure.pause(tenant, channel, is_paused=form.paused):
            raise not_configured(channel)
        return web.Response(status=204)


def same_token(channel: str) -> Refusal:
    """Return the refusal of a Discord token that already serves another channel."""
    command = f"pixverse-bridge accounts remove {channel}"
    details = f"Remove that account first: {command}, or DELETE /v1/pixverse/account/{channel}"
    return Refusal(400, f"Channel {channel} configuration has same discord value", details)


def not_matching(channel: str, path_channel: str) -> Refusal:
    """Return the refusal of a body whose channel is not the path's."""
    text = f"Required param channel ({channel}) not matching to /pixverse/account/{path_channel[:100]}"
    return Refusal(400, text)


def _view(account: Account, token: ApiToken) -> dict[str, object]:
    """Return an account; its Discord token is masked if it cannot be decrypted, or the scope is missing."""
    discord = (account.token if token.may(Scope.SECRETS_READ) else "") or account.mask
    return AccountBody(
        server=account.server,
        channel=account.channel,
        discord=discord,
        maxJobs=account.max_jobs,
        paused=account.is_paused or None,
        maxPerDay=account.rails.max_per_day,
        quietHours=account.rails.quiet_hours,
        pace_s=account.rails.pace_s,
        labels=",".join(account.rails.labels) or None,
        weight=account.rails.weight,
    ).model_dump(exclude_none=True)


def _entry(fields: Fields, path_channel: str) -> AccountEntry:
    form = read_form(AccountForm, fields)
    if form.channel != path_channel:
        raise not_matching(form.channel, path_channel)
    return AccountEntry(
        server=form.server,
        channel=form.channel,
        token=form.discord,
        max_jobs=form.maxJobs,
        is_paused=form.paused,
        rails=RailChanges(
            max_per_day=form.maxPerDay,
            quiet_hours=form.quietHours,
            pace_s=form.pace_s,
            labels=form.labels,
            weight=form.weight,
        ),
    )
