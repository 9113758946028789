"""The caller's own settings: a name, and the default `replyUrl` of its jobs."""

from dataclasses import dataclass

from aiohttp import web

from bridge.api.contract.requests import SettingsForm, read_form
from bridge.api.contract.responses import SettingsBody
from bridge.api.contract.targets import check_reply_url
from bridge.api.http.answers import as_json
from bridge.api.http.guard import TENANT
from bridge.api.http.request_body import Fields, read_given
from bridge.callbacks.addresses import AllowedAddresses
from bridge.flows.configure import change_settings
from bridge.store.database import Database
from bridge.store.rows import tenants
from bridge.store.rows.tenants import Tenant

_ABSENT = ("null", "undefined")


@dataclass(frozen=True, slots=True)
class TenantResource:
    """Handlers of `/v2/account`; `addresses` are those that callbacks may go to."""

    database: Database
    addresses: AllowedAddresses

    async def get(self, request: web.Request) -> web.Response:
        """Answer with what is set."""
        tenant = request[TENANT]
        return _shown(await self.database.query(lambda tx: tenants.get(tx, tenant)))

    async def post(self, request: web.Request) -> web.Response:
        """Change what is given, clear what is given empty, and answer with what is set then."""
        changes = _changes(await read_given(request), self.addresses)
        return _shown(await change_settings(self.database, request[TENANT], changes))


def _changes(fields: Fields, addresses: AllowedAddresses) -> dict[str, str | None]:
    """Return what is to change: the empty value clears, what means "absent" leaves as it is."""
    given = {name: value or None for name, value in fields.items() if value not in _ABSENT}
    form = read_form(SettingsForm, given)
    check_reply_url(form.replyUrl, addresses)
    names = {"name": "name", "replyUrl": "reply_url"}
    return {names[name]: getattr(form, name) for name in form.model_fields_set}


def _shown(tenant: Tenant) -> web.Response:
    body = SettingsBody(name=tenant.name, replyUrl=tenant.reply_url)
    return as_json(body.model_dump(exclude_none=True))
