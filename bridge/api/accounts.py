"""The account resource: a tenant's list of Discord accounts."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.accounts.account import MOST_JOBS, Account
from bridge.api.answers import Refusal, as_json
from bridge.api.body import Fields, read_fields
from bridge.api.fields import as_whole_number, read_text
from bridge.api.guard import TENANT
from bridge.chat import is_snowflake
from bridge.flows.configure import Configure, Entry
from bridge.store.accounts import Accounts
from bridge.store.database import Database

_NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class AccountResource:
    """Handlers of `/v1/pixverse/account`."""

    database: Database
    accounts: Accounts
    configure: Configure

    async def list(self, request: web.Request) -> web.Response:
        """Answer with the configured accounts by channel."""
        tenant = request[TENANT]
        found = await self.database.read(lambda tx: self.accounts.configured(tx, tenant))
        if not found:
            raise not_configured(None)
        return as_json({account.channel: _view(account) for account in found}, headers=_NO_STORE)

    async def get(self, request: web.Request) -> web.Response:
        """Answer with the account of a channel."""
        tenant, channel = request[TENANT], request.match_info["channel"]
        account = await self.database.read(lambda tx: self.accounts.at(tx, tenant, channel))
        if account is None:
            raise not_configured(channel)
        return as_json(_view(account), headers=_NO_STORE)

    async def post(self, request: web.Request) -> web.Response:
        """Create or update the account of a channel."""
        entry = _entry(await read_fields(request), request.match_info["channel"])
        conflict = await self.configure.set(request[TENANT], entry)
        if conflict is not None:
            raise Refusal(400, f"Channel {conflict.channel} configuration has same discord value")
        return web.Response(status=204)

    async def delete(self, request: web.Request) -> web.Response:
        """Remove the account of a channel."""
        channel = request.match_info["channel"]
        if not await self.configure.remove(request[TENANT], channel):
            raise not_configured(channel)
        return web.Response(status=204)


def not_configured(channel: str | None) -> Refusal:
    """Return the contract's 404 for a channel without an account, or for an empty list."""
    text = "Configuration not found. To create configuration use pixverse/account/"
    return Refusal(404, f"{text}{channel or 'channel'}")


def _view(account: Account) -> dict[str, object]:
    return {
        "server": account.server,
        "channel": account.channel,
        "discord": account.token,
        "maxJobs": account.max_jobs,
    }


def _entry(fields: Fields, path_channel: str) -> Entry:
    token, server, channel = (_required(fields, name) for name in ("discord", "server", "channel"))
    if fields.get("maxJobs") is None:
        raise Refusal(400, "Required param maxJobs is missing or empty")
    if not is_snowflake(channel):
        raise Refusal(400, f"Required param channel ({channel[:100]}) is not valid Discord channel id")
    if channel != path_channel:
        text = f"Required param channel ({channel}) not matching to /pixverse/account/{path_channel[:100]}"
        raise Refusal(400, text)
    if not is_snowflake(server):
        raise Refusal(400, f"Required param server ({server[:100]}) is not valid Discord server id")
    return Entry(server=server, channel=channel, token=token, max_jobs=_max_jobs(fields["maxJobs"]))


def _required(fields: Fields, name: str) -> str:
    if fields.get(name) is None:
        raise Refusal(400, f"Required param {name} is missing or empty")
    text = read_text(name, fields[name], most=1024).strip()
    if not text:
        raise Refusal(400, f"Required param {name} is missing or empty")
    return text


def _max_jobs(value: object) -> int:
    number = as_whole_number(value)
    if number is not None and number > MOST_JOBS:
        raise Refusal(400, f"Required param maxJobs {number} can't be more that {MOST_JOBS}")
    if number is None or number < 1:
        shown = str(value)[:100]
        raise Refusal(400, f"Required param maxJobs {shown} must be between 1 and {MOST_JOBS}")
    return number
