"""`token`: creates, lists and revokes the tokens that open the API, also while a bridge runs."""

import json
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bridge.access.api_token import ApiToken, Origin, Quotas, Revoker
from bridge.access.scopes import ALL, Scope, in_order
from bridge.access.span import NoSpan, span_ms
from bridge.access.tenant import is_name
from bridge.access.token import new_token
from bridge.api.contract.views import moment
from bridge.app.access import new_id
from bridge.app.foundation import shared_database, usable_database
from bridge.cli.announce import show, show_table
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.store.database import Tx
from bridge.store.rows import api_tokens, removals
from bridge.store.vault import digest

_HEAD: Final = ("id", "tenant", "state", "created", "last used", "expires", "scopes", "quotas")
"""Times are in UTC."""
Command: TypeAlias = Callable[[Settings], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token as the options describe it; no scopes are all."""

    tenant: str
    scopes: tuple[str, ...] = ()
    expires: str | None = None
    requests_per_minute: int | None = None
    jobs_per_day: int | None = None
    streams: int | None = None


def creating(wanted: NewToken, *, as_json: bool) -> Command:
    """Return the command that creates a token; raises `ConfigurationError` for a bad option."""
    made, text = _made(wanted, SystemClock().now_ms()), new_token()

    async def create(settings: Settings) -> None:
        async with shared_database(settings, tell_created=_tell_created) as database:
            with usable_database():
                is_free = await database.write(lambda tx: _insert(tx, made, digest(text)))
        if not is_free:
            raise ConfigurationError(
                f"The tenant {made.tenant} is being removed: run tenant remove {made.tenant} first."
            )
        if as_json:
            show(json.dumps(_created(made, text)))
            return
        sys.stderr.write(f"Token {made.id} of tenant {made.tenant}; it is not shown again.\n")
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

    async def revoke(settings: Settings) -> None:
        now_ms = SystemClock().now_ms()
        async with shared_database(settings) as database:
            with usable_database():
                is_known = await database.write(
                    lambda tx: api_tokens.revoke(tx, token_id, Revoker.COMMAND, now_ms)
                )
        if not is_known:
            raise ConfigurationError(f"There is no token with the id {token_id!r}; token list shows all.")

    return revoke


def _tell_created(place: str) -> None:
    sys.stderr.write(f"Created a new database: {place}\n")


def _insert(tx: Tx, token: ApiToken, token_digest: str) -> bool:
    """Store a token; False if rows of a removed tenant of that name may be left."""
    if removals.is_under_way(tx, token.tenant):
        return False
    api_tokens.insert(tx, token, token_digest)
    return True


def _made(wanted: NewToken, now_ms: int) -> ApiToken:
    tenant = tenant_name(wanted.tenant)
    try:
        expires_ms = None if wanted.expires is None else now_ms + span_ms(wanted.expires)
    except NoSpan as error:
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


def tenant_name(text: str) -> str:
    """Return the name of a tenant; raises `ConfigurationError`."""
    if not is_name(text):
        raise ConfigurationError(
            f"{text[:80]!r} is no name of a tenant: 1 to 64 letters, digits, dots, dashes and underscores, "
            "the first a letter or a digit"
        )
    return text


def _scopes(names: Iterable[str]) -> Iterable[Scope]:
    for name in names:
        if name not in list(Scope):
            raise ConfigurationError(f"--scope: {name[:80]!r} is not one of {', '.join(Scope)}")
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


def _row(token: ApiToken, now_ms: int) -> Sequence[str]:
    scopes = "all" if token.scopes == ALL else " ".join(in_order(token.scopes))
    times = (_minute(token.created_ms), _minute(token.used_ms), _minute(token.expires_ms))
    return (token.id, token.tenant, token.state(now_ms), *times, scopes, _quotas(token.quotas))


def _moment(at_ms: int | None) -> str | None:
    return None if at_ms is None else moment(at_ms)


def _minute(at_ms: int | None) -> str:
    return "-" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _quotas(quotas: Quotas) -> str:
    named = (
        (quotas.requests_per_minute, "requests per minute"),
        (quotas.jobs_per_day, "jobs per day"),
        (quotas.streams, "streams"),
    )
    return ", ".join(f"{most} {name}" for most, name in named if most is not None) or "-"
