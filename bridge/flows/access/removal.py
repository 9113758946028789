"""The removal of a tenant: within a moment its tokens open nothing, and nobody belongs to it any more.

Its rows are deleted after that, a few at a time, and its name is free when none is left. If the removal is
interrupted, it goes on when it is called again.
"""

from dataclasses import dataclass
from typing import Final

from bridge.access.tenant import is_name
from bridge.flows.places import give_way
from bridge.flows.step import Now
from bridge.store.database import Database, Tx
from bridge.store.rows import api_tokens, places, removals, tenants, webhook_secrets
from bridge.store.rows.accounts import ids_of

AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Unknown:
    """There is no tenant of that name."""


@dataclass(frozen=True, slots=True)
class Busy:
    """The tenant has running jobs and was not removed."""

    running: int


@dataclass(frozen=True, slots=True)
class Removed:
    """The tenant was removed."""


async def remove(database: Database, name: str, now_ms: int, *, is_forced: bool) -> Unknown | Busy | Removed:
    """Remove a tenant; one with running jobs only if it `is_forced`."""
    outcome = await database.write(lambda tx: _close(tx, name, now_ms, is_forced=is_forced))
    if isinstance(outcome, Removed):
        while await database.write(lambda tx: removals.delete_some(tx, name, AT_ONCE)):
            pass
        await database.write(lambda tx: removals.end(tx, name))
    return outcome


def _close(tx: Tx, name: str, now_ms: int, *, is_forced: bool) -> Unknown | Busy | Removed:
    """Revoke, retire and disown everything a tenant has; its jobs end."""
    if not is_name(name) or not (tenants.is_there(tx, name) or removals.is_under_way(tx, name)):
        return Unknown()
    running = tenants.running_jobs(tx, name)
    if running and not is_forced:
        return Busy(running)
    removals.begin(tx, name)
    api_tokens.delete_of(tx, name)
    tenants.delete(tx, name)
    webhook_secrets.delete_of(tx, name)
    for account in ids_of(tx, name):
        give_way(tx, account, Now(now_ms))
    places.delete_of(tx, name)
    removals.disown_accounts(tx, name, now_ms)
    return Removed()
