"""What a start makes of the setting `api_token`: its token is one of the default tenant's, with all scopes.

The setting's token opens the API for as long as the setting names it. It takes the place of the token of the
first start, which does not come back when the setting is gone.
"""

from dataclasses import dataclass, replace
from typing import Final

from bridge.access.api_token import ApiToken, Origin, Revoker, TokenState
from bridge.access.quotas import Quotas
from bridge.access.scopes import ALL
from bridge.access.tenant import DEFAULT
from bridge.store.database import Tx
from bridge.store.rows import api_tokens
from bridge.store.vault import digest

_OF_STARTS: Final = frozenset({Origin.SETTING, Origin.FIRST_START})


@dataclass(frozen=True, slots=True, kw_only=True)
class AtStart:
    """What became of tokens, by their ids; `is_first`: the default tenant has never had one."""

    added: str | None = None
    reinstated: str | None = None
    closed: str | None = None
    """The setting's token, which opens nothing: it was revoked with the command, or has expired."""
    revoked: tuple[str, ...] = ()
    is_first: bool = False
    is_any_active: bool = True


def full_token(token_id: str, origin: Origin, now_ms: int) -> ApiToken:
    """Return a token of the default tenant with all scopes."""
    return ApiToken(
        id=token_id, tenant=DEFAULT, scopes=ALL, quotas=Quotas(), origin=origin, created_ms=now_ms
    )


def with_setting(tx: Tx, token: str, token_id: str, now_ms: int) -> AtStart:
    """Let the setting's token open the API, and no other that a start or an earlier setting has made.

    `token_id` is for a token that is new.
    """
    known = api_tokens.of_digest(tx, digest(token))
    if known is None:
        api_tokens.insert(tx, full_token(token_id, Origin.SETTING, now_ms), digest(token))
        return AtStart(added=token_id, revoked=_revoked(tx, token_id, now_ms))
    revoked = _revoked(tx, known.id, now_ms)
    if known.revoked_by is Revoker.SETTING:
        api_tokens.reinstate(tx, known.id)
        return AtStart(reinstated=known.id, revoked=revoked)
    is_active = known.state(now_ms) is TokenState.ACTIVE
    found = AtStart(closed=None if is_active else known.id, revoked=revoked)
    return replace(found, is_any_active=_is_any_active(tx, now_ms))


def without_setting(tx: Tx, now_ms: int) -> AtStart:
    """Revoke the token of a setting that is gone."""
    own = api_tokens.of_tenant(tx, DEFAULT)
    gone = [token for token in own if _is_of(token, {Origin.SETTING}, now_ms)]
    for token in gone:
        api_tokens.revoke(tx, token.id, Revoker.SETTING, now_ms)
    return AtStart(
        revoked=tuple(token.id for token in gone), is_first=not own, is_any_active=_is_any_active(tx, now_ms)
    )


def _revoked(tx: Tx, but: str, now_ms: int) -> tuple[str, ...]:
    """Revoke the tokens of starts but one, and return their ids."""
    own = api_tokens.of_tenant(tx, DEFAULT)
    others = [token.id for token in own if token.id != but and _is_of(token, _OF_STARTS, now_ms)]
    for token_id in others:
        api_tokens.revoke(tx, token_id, Revoker.SETTING, now_ms)
    return tuple(others)


def _is_of(token: ApiToken, origins: frozenset[Origin] | set[Origin], now_ms: int) -> bool:
    return token.origin in origins and token.state(now_ms) is TokenState.ACTIVE


def _is_any_active(tx: Tx, now_ms: int) -> bool:
    return any(token.state(now_ms) is TokenState.ACTIVE for token in api_tokens.of_tenant(tx, DEFAULT))
