"""The API token of a start: the configured one, or at the first start a new one that is shown once."""

import secrets
from dataclasses import dataclass, field
from typing import Final

import structlog

from bridge.access.api_token import Origin
from bridge.access.token_text import new_token
from bridge.app.foundation import Foundation, usable_database
from bridge.config.settings import Settings
from bridge.flows.access.start import AtStart, full_token, with_setting, without_setting
from bridge.logs import Redactor
from bridge.store.rows import api_tokens
from bridge.store.vault import digest

log = structlog.get_logger(__name__)

CHANGED: Final = "the setting api_token (BRIDGE_API_TOKEN) names another token than at the last start"
GONE: Final = "the setting api_token (BRIDGE_API_TOKEN) named it at the last start and is gone"
CREATE: Final = "run: pixverse-bridge token create --tenant default"


@dataclass(frozen=True, slots=True)
class StartToken:
    """The token of a start: empty if there is none to show; `is_new` if it was made just now."""

    text: str = field(repr=False)
    is_new: bool


async def start_token(settings: Settings, foundation: Foundation, redactor: Redactor) -> StartToken:
    """Settle which tokens of starts open the API, log what has changed, and return this start's token."""
    given = settings.api_token.get_secret_value() if settings.api_token else None
    now_ms = foundation.clock.now_ms()
    with usable_database():
        if given is not None:
            token_id = new_id()
            found = await foundation.database.write(lambda tx: with_setting(tx, given, token_id, now_ms))
            _log_setting(found)
            redactor.add(given)
            return StartToken(given, is_new=False)
        found = await foundation.database.write(lambda tx: without_setting(tx, now_ms))
    _log_no_setting(found)
    text = new_token() if found.is_first else ""
    redactor.add(text)
    return StartToken(text, is_new=found.is_first)


async def keep_new_token(token: StartToken, foundation: Foundation) -> None:
    """Store a token that was made just now, when it is about to be shown; raises `DataError`.

    Stored before, a start that fails would leave a token behind that nobody has seen.
    """
    if token.is_new:
        made = full_token(new_id(), Origin.FIRST_START, foundation.clock.now_ms())
        with usable_database():
            await foundation.database.write(lambda tx: api_tokens.insert(tx, made, digest(token.text)))


def new_id() -> str:
    """Return an id of a token: short, since people type it."""
    return secrets.token_hex(4)


def _log_setting(found: AtStart) -> None:
    if found.revoked:
        log.warning("api_tokens_were_revoked", ids=found.revoked, reason=CHANGED)
    if found.added:
        log.info("configured_api_token_was_added", id=found.added)
    if found.reinstated:
        log.warning(
            "api_token_reinstated",
            id=found.reinstated,
            reason="it was revoked when the setting api_token no longer named it, and is named again",
        )
    if found.closed:
        log.warning(
            "api_token_rejected",
            id=found.closed,
            reason="it was revoked with `token revoke`, or has expired",
            remedy=f"set api_token (BRIDGE_API_TOKEN) to another value, or {CREATE}",
        )
    if not found.is_any_active:
        log.warning("no_api_token_of_the_default_tenant", remedy=CREATE)


def _log_no_setting(found: AtStart) -> None:
    if found.revoked:
        log.warning("api_tokens_were_revoked", ids=found.revoked, reason=GONE)
    if not (found.is_first or found.is_any_active):
        log.warning("no_api_token_of_the_default_tenant", remedy=CREATE)
