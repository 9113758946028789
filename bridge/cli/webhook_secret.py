"""`webhook-secret`: shows or changes the secret that signs callbacks, also while a bridge runs.

Only the secret goes to stdout, for scripts; notes for the user go to stderr.
"""

import sys
from collections.abc import Callable
from enum import StrEnum

from bridge.access.tenant import DEFAULT
from bridge.app.foundation import kept_webhook_secrets
from bridge.cli.announce import minute, show
from bridge.cli.tenant_name import no_tenant
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError
from bridge.logs import Redactor
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.rows import tenants
from bridge.store.rows.webhook_secrets import WebhookSecret, WebhookSecrets


class SecretAction(StrEnum):
    """What to do with the secret."""

    SHOW = "show"
    ROTATE = "rotate"
    DROP_OLD = "drop-old"


async def webhook_secret(settings: Settings, redactor: Redactor, action: SecretAction, tenant: str) -> None:
    """Carry out the action and print a tenant's current secret; raises `StartError`."""
    given = settings.webhook_secret if tenant == DEFAULT else None
    if action is SecretAction.ROTATE and given is not None:
        raise ConfigurationError(
            "webhook_secret is configured: change it there and restart. The old one stays valid for 24 h."
        )
    if action is SecretAction.SHOW and given is not None:
        show(given.get_secret_value())
        return
    now_ms = SystemClock().now_ms()

    def body(tx: Tx, kept: WebhookSecrets) -> list[WebhookSecret]:
        if tenant != DEFAULT and not tenants.is_there(tx, tenant):
            return []
        kept.prepare(tx, tenant, None, now_ms)
        if action is SecretAction.ROTATE:
            kept.rotate(tx, tenant, now_ms)
        if action is SecretAction.DROP_OLD:
            kept.drop_old(tx, tenant)
        return list(kept.signing(tx, tenant, now_ms))

    found = await _written(settings, redactor, body)
    if not found:
        raise no_tenant(tenant)
    in_use, *earlier = found
    _report_earlier(earlier)
    show(in_use.text)


async def _written(
    settings: Settings, redactor: Redactor, body: Callable[[Tx, WebhookSecrets], list[WebhookSecret]]
) -> list[WebhookSecret]:
    try:
        async with kept_webhook_secrets(settings, redactor) as (database, kept):
            return await database.write(lambda tx: body(tx, kept))
    except StoreUnavailable as error:
        raise DataError(f"The webhook secret cannot be read or written just now: {error}.") from error


def _report_earlier(earlier: list[WebhookSecret]) -> None:
    for secret in earlier:
        sys.stderr.write(f"An earlier secret stays valid until {minute(secret.ends_ms)} UTC.\n")
