"""`token`: creates, lists and revokes the tokens that open the API, also while a bridge runs."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.access.api_token import ApiToken, Origin, Revoker
from bridge.access.duration import NoDuration, duration_ms
from bridge.access.quotas import Quotas
from bridge.access.scopes import ALL, Scope, in_order
from bridge.access.token_text import is_token, new_token
from bridge.api.contract.views import moment
from bridge.app.access import new_id
from bridge.app.foundation import shared_database, usable_database
from bridge.cli.announce import minute, show, show_table
from bridge.cli.start import Command
from bridge.cli.tenant_name import tenant_name
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.store.database import Tx
from bridge.store.rows import api_tokens, removals, tenants
from bridge.store.vault import digest

_HEAD: Final = ("id", "tenant", "state", "created", "last used", "expires", "scopes", "quotas")
"""Times are in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token as the options describe it; no scopes are all."""

    tenant: str
    scopes: tuple[str, ...] = ()
    expires: str | None = None
    requests_per_minute: int | None = None
    jobs_per_day: int | None = None
    streams: int | None = None


def creating(wanted: NewToken, *, as_json: bool, is_creating_database: bool = False) -> Command:
    """Return the command that creates a token; raises `ConfigurationError` for a bad option."""
    tell_created = _tell_created if is_creating_database else None
    made, text = _made(wanted, SystemClock().now_ms()), new_token()

    async def create(settings: Settings) -> None:
        async with shared_database(settings, tell_created=tell_created) as database:
            with usable_database():
                is_new_tenant = await database.write(lambda tx: _insert(tx, made, digest(text)))
        if is_new_tenant is None:
            raise ConfigurationError(
                f"The tenant {made.tenant} is being removed: run tenant remove {made.tenant} first."
            )
        if as_json:
            show(json.dumps(_created(made, text)))
            return
        tenant = f"{made.tenant} (new tenant)" if is_new_tenant else made.tenant
        sys.stderr.write(f"Token {made.id} of tenant {tenant}: {_limits(made)}. It is not shown again.\n")
        show(text)

    return create


def listing(*, as_json: bool) -> Command:
    """Return the command that lists the tokens."""

    async def list_all(settings: Settings) -> None:
        async with shared_database(settings) as database:
            with usable_database():
                found = await database.read(api_tokens.every)
        now_ms = SystemClock().now_ms()
        if as_json:
            show(json.dumps([_listed(token, now_ms) for token in found], indent=2))
        else:
            show_table(_HEAD, [_row(token, now_ms) for token in found])

    return list_all


def revoking(token_id: str) -> Command:
    """Return the command that revokes a token; it raises `ConfigurationError` for an unknown id."""
    if is_token(token_id):
        raise ConfigurationError("That is a token, not its id: token list shows ids.")

    async def revoke(settings: Settings) -> None:
        now_ms = SystemClock().now_ms()
        async with shared_database(settings) as database:
            with usable_database():
                revoked = await database.write(lambda tx: _revoke(tx, token_id, now_ms))
        if revoked is None:
            raise ConfigurationError(f"There is no token with the id {token_id!r}; token list shows all.")
        show(f"Token {token_id} of tenant {revoked.tenant} is revoked.")

    return revoke


def _tell_created(place: str) -> None:
    sys.stderr.write(f"Created a new database: {place}\n")


def _insert(tx: Tx, token: ApiToken, token_digest: str) -> bool | None:
    """Store a token and return whether its tenant is new; None if the tenant is being removed."""
    if removals.is_under_way(tx, token.tenant):
        return None
    is_new_tenant = not tenants.is_there(tx, token.tenant)
    api_tokens.insert(tx, token, token_digest)
    return is_new_tenant


def _revoke(tx: Tx, token_id: str, now_ms: int) -> ApiToken | None:
    api_tokens.revoke(tx, token_id, Revoker.COMMAND, now_ms)
    return api_tokens.by_id(tx, token_id)


def _made(wanted: NewToken, now_ms: int) -> ApiToken:
    tenant = tenant_name(wanted.tenant)
    try:
        expires_ms = None if wanted.expires is None else now_ms + duration_ms(wanted.expires)
    except NoDuration as error:
        raise ConfigurationError(f"--expires: {error}") from None
    return ApiToken(
        id=new_id(),
        tenant=tenant,
        scopes=frozenset(_scopes(wanted.scopes)) or ALL,
        quotas=Quotas(wanted.requests_per_minute, wanted.jobs_per_day, wanted.streams),
        origin=Origin.COMMAND,
        created_ms=now_ms,
        expires_ms=expires_ms,
    )


def _scopes(names: Iterable[str]) -> Iterable[Scope]:
    for name in names:
        if name not in list(Scope):
            raise ConfigurationError(
                f"--scope: {name[:80]!r} is not one of {', '.join(Scope)}; repeat --scope for each"
            )
        yield Scope(name)


def _created(token: ApiToken, text: str) -> dict[str, object]:
    return {
        "id": token.id,
        "token": text,
        "tenant": token.tenant,
        "scopes": in_order(token.scopes),
        "expires": _moment(token.expires_ms),
    }


def _listed(token: ApiToken, now_ms: int) -> dict[str, object]:
    quotas = token.quotas
    return {
        "id": token.id,
        "tenant": token.tenant,
        "scopes": in_order(token.scopes),
        "created": _moment(token.created_ms),
        "last_used": _moment(token.used_ms),
        "expires": _moment(token.expires_ms),
        "state": token.state(now_ms),
        "requests_per_minute": quotas.requests_per_minute,
        "jobs_per_day": quotas.jobs_per_day,
        "streams": quotas.streams,
    }


def _limits(token: ApiToken) -> str:
    scopes = "all scopes" if token.scopes == ALL else " ".join(in_order(token.scopes))
    end = "does not expire" if token.expires_ms is None else f"expires {minute(token.expires_ms)} UTC"
    return f"{scopes}, {end}"


def _row(token: ApiToken, now_ms: int) -> Sequence[str]:
    scopes = "all" if token.scopes == ALL else " ".join(in_order(token.scopes))
    times = (minute(token.created_ms), minute(token.used_ms), minute(token.expires_ms))
    return (token.id, token.tenant, token.state(now_ms), *times, scopes, _quotas(token.quotas))


def _moment(at_ms: int | None) -> str | None:
    return None if at_ms is None else moment(at_ms)


def _quotas(quotas: Quotas) -> str:
    named = (
        (quotas.requests_per_minute, "requests per minute"),
        (quotas.jobs_per_day, "jobs per day"),
        (quotas.streams, "streams"),
    )
    return ", ".join(f"{most} {name}" for most, name in named if most is not None) or "-"
