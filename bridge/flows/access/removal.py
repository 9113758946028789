"""The removal of a tenant: its tokens open nothing any more, and its settings are gone."""

from dataclasses import dataclass

from bridge.store.database import Tx
from bridge.store.rows import api_tokens, tenants


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


def remove(tx: Tx, name: str, *, is_forced: bool) -> Unknown | Busy | Removed:
    """Remove a tenant; one with running jobs only if it `is_forced`."""
    if not tenants.is_there(tx, name):
        return Unknown()
    running = tenants.running_jobs(tx, name)
    if running and not is_forced:
        return Busy(running)
    api_tokens.delete_of(tx, name)
    tenants.delete(tx, name)
    return Removed()
