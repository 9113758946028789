"""An API token's record: tenant, scopes, quotas, expiry. Never the token itself."""

from dataclasses import dataclass
from enum import StrEnum

from bridge.access.quotas import Quotas
from bridge.access.scopes import Scope


class TokenState(StrEnum):
    """Whether a token opens the API."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Origin(StrEnum):
    """Where a token comes from: `token create`, the first start of a bridge, or the setting `api_token`."""

    COMMAND = "command"
    FIRST_START = "first_start"
    SETTING = "setting"


class Revoker(StrEnum):
    """What has revoked a token: `token revoke`, or a start at which the setting `api_token` had changed."""

    COMMAND = "command"
    SETTING = "setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """An API token. `id` names it where its text must not stand; `used_ms` is to the minute."""

    id: str
    tenant: str
    scopes: frozenset[Scope]
    quotas: Quotas
    origin: Origin
    created_ms: int
    used_ms: int | None = None
    expires_ms: int | None = None
    revoked_ms: int | None = None
    revoked_by: Revoker | None = None

    def state(self, now_ms: int) -> TokenState:
        """Return whether the token opens the API at a time."""
        if self.revoked_ms is not None:
            return TokenState.REVOKED
        if self.expires_ms is not None and now_ms >= self.expires_ms:
            return TokenState.EXPIRED
        return TokenState.ACTIVE

    def may(self, scope: Scope) -> bool:
        """Return whether the token has a scope."""
        return scope in self.scopes
