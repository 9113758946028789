"""The links of records: renewed by the accounts that run here, or by other processes."""

from bridge.app.databases import is_postgres
from bridge.app.foundation import Foundation
from bridge.config.settings import Settings
from bridge.flows.keep.link_requests import LinkRequests
from bridge.flows.keep.links import Links
from bridge.jobs.links import cdn_at
from bridge.running.accounts import RunningAccounts
from bridge.running.known_accounts import KnownAccounts


def links_of(
    settings: Settings,
    foundation: Foundation,
    running_accounts: RunningAccounts,
    known_accounts: KnownAccounts,
) -> Links:
    """Return what renews links."""
    requests = LinkRequests(
        foundation.database, foundation.notifier, foundation.clock, known_accounts.is_connected_elsewhere
    )
    return Links(
        foundation.database,
        foundation.clock,
        running_accounts,
        cdn_at(settings.discord.cdn_url),
        requests if is_postgres(settings) else None,
    )
