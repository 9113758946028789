"""The accounts of the configuration file, which are applied at the start."""

import structlog

from bridge.access.tenant import DEFAULT
from bridge.accounts.guard_rails import RailChanges
from bridge.config.settings import Settings
from bridge.flows.configure import AccountEntry, Configure
from bridge.flows.places import NotAvailable

log = structlog.get_logger(__name__)


async def apply_configured(settings: Settings, configure: Configure) -> None:
    """Apply those that are new or have changed; one that conflicts with another is skipped and logged."""
    for conflict in await configure.apply(DEFAULT, entries(settings)):
        if isinstance(conflict, NotAvailable):
            log.warning("configured_account_was_skipped", channel=conflict.channel, reason="not available")
        else:
            remedy = f"DELETE /v1/pixverse/account/{conflict.channel}, then start again"
            log.warning(
                "configured_account_was_skipped", same_token_as_channel=conflict.channel, remedy=remedy
            )


def entries(settings: Settings) -> list[AccountEntry]:
    """Return the configuration file's accounts."""
    return [
        AccountEntry(
            server=account.server,
            channel=account.channel,
            token=account.discord.get_secret_value(),
            max_jobs=account.max_jobs,
            is_paused=account.paused,
            rails=RailChanges(
                max_per_day=account.max_per_day,
                quiet_hours=account.quiet_hours,
                pace_s=account.pace_s,
                labels=account.labels,
                weight=account.weight,
            ),
        )
        for account in settings.accounts
    ]
