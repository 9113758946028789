"""The removal of a tenant: within a moment its tokens open nothing, and nobody belongs to it any more.

Its rows are deleted after that, a few at a time, and its name is free when none is left. If the removal is
interrupted, it goes on when it is called again.
"""

from dataclasses import dataclass
from typing import Final

from bridge.access.tenant import is_name
from bridge.flows.places import give_way
from bridge.flows.step import Now
from bridge.ports import Clock
from bridge.store.database import Database, Tx
from bridge.store.rows import api_tokens, places, removals, tenants, webhook_secrets
from bridge.store.rows.accounts import ids_of

AT_ONCE: Final = 50
HELD_S: Final = 2.0
"""How long the name stays nobody's after the rows are gone.

A running bridge reads the tokens twice a second: until then it may answer reads, and stream, under the name.
"""


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


async def remove(database: Database, clock: Clock, name: str, *, is_forced: bool) -> Unknown | Busy | Removed:
    """Remove a tenant; one with running jobs only if it `is_forced`."""
    now = Now(clock.now_ms())
    outcome = await database.write(lambda tx: _close(tx, name, now, is_forced=is_forced))
    if isinstance(outcome, Removed):
        while await database.write(lambda tx: removals.delete_some(tx, name, AT_ONCE)):
            pass
        await clock.sleep(HELD_S)
        while not await database.write(lambda tx: _end(tx, name, now)):
            pass
    return outcome


def _close(tx: Tx, name: str, now: Now, *, is_forced: bool) -> Unknown | Busy | Removed:
    """Let nothing of a tenant be used any more; a removal that was interrupted goes on."""
    if not is_name(name) or not (tenants.is_there(tx, name) or removals.is_under_way(tx, name)):
        return Unknown()
    running = tenants.running_jobs(tx, name)
    if running and not is_forced:
        return Busy(running)
    removals.begin(tx, name)
    _disown(tx, name, now)
    return Removed()


def _end(tx: Tx, name: str, now: Now) -> bool:
    """Free the name of a tenant when nothing is left of it; else delete some more, and return False."""
    _disown(tx, name, now)
    if removals.delete_some(tx, name, AT_ONCE):
        return False
    removals.end(tx, name)
    return True


def _disown(tx: Tx, name: str, now: Now) -> None:
    """Delete what opens and names a tenant; its jobs end, and its accounts are no longer its own."""
    api_tokens.delete_of(tx, name)
    tenants.delete(tx, name)
    webhook_secrets.delete_of(tx, name)
    for account in ids_of(tx, name):
        give_way(tx, account, now)
    places.delete_of(tx, name)
    removals.disown_accounts(tx, name, now.ms)
