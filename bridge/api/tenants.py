"""The caller's own settings: a name, and where its jobs are told to unless they say otherwise."""

from dataclasses import dataclass, replace

from aiohttp import web

from bridge.api.answers import as_json
from bridge.api.body import Fields, read_given
from bridge.api.fields import read_text
from bridge.api.guard import TENANT
from bridge.api.places import check_reply_url
from bridge.store import tenants
from bridge.store.database import Database, Tx
from bridge.store.tenants import Tenant

_ABSENT = ("null", "undefined")


@dataclass(frozen=True, slots=True)
class TenantResource:
    """Handlers of `/v2/account`."""

    database: Database

    async def get(self, request: web.Request) -> web.Response:
        """Answer with what is set."""
        tenant = request[TENANT]
        return _shown(await self.database.read(lambda tx: tenants.get(tx, tenant)))

    async def post(self, request: web.Request) -> web.Response:
        """Change what is given, clear what is given empty, and answer with what is set then."""
        tenant, changes = request[TENANT], _changes(await read_given(request))

        def change(tx: Tx) -> Tenant:
            changed = replace(tenants.get(tx, tenant), **changes)
            tenants.put(tx, tenant, changed)
            return changed

        return _shown(await self.database.write(change))


def _changes(fields: Fields) -> dict[str, str | None]:
    names = {"name": "name", "reply_url": "replyUrl"}
    changes = {
        field: _text_or_none(name, fields[name])
        for field, name in names.items()
        if name in fields and fields[name] not in _ABSENT
    }
    check_reply_url(changes.get("reply_url"))
    return changes


def _text_or_none(name: str, value: object) -> str | None:
    return read_text(name, value, most=1024) if value not in ("", None) else None


def _shown(tenant: Tenant) -> web.Response:
    given = {"name": tenant.name, "replyUrl": tenant.reply_url}
    return as_json({**{name: value for name, value in given.items() if value is not None}, "code": 200})
