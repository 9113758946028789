"""`tenant`: lists and removes those whom tokens belong to, also while a bridge runs."""

import json

from bridge.access.tenant import DEFAULT
from bridge.app.foundation import shared_database, usable_database
from bridge.cli.announce import show, show_table
from bridge.cli.tokens import Command
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, TenantInUse
from bridge.flows.access.removal import Busy, Unknown, remove
from bridge.store.rows import tenants


def listing(*, as_json: bool) -> Command:
    """Return the command that lists the tenants."""

    async def list_all(settings: Settings) -> None:
        now_ms = SystemClock().now_ms()
        async with shared_database(settings) as database:
            with usable_database():
                found = await database.read(lambda tx: tenants.every(tx, now_ms))
        if as_json:
            rows = [
                {"name": one.name, "tokens": one.tokens, "accounts": one.accounts, "running": one.running}
                for one in found
            ]
            show(json.dumps(rows, indent=2))
            return
        cells = [(one.name, str(one.tokens), str(one.accounts), str(one.running)) for one in found]
        show_table(("name", "active tokens", "accounts", "running jobs"), cells)

    return list_all


def removing(name: str, *, is_forced: bool) -> Command:
    """Return the command that removes a tenant; it raises `ConfigurationError` and `TenantInUse`."""
    if name == DEFAULT:
        raise ConfigurationError(
            f"The tenant {DEFAULT} cannot be removed: the accounts of the configuration file are its own."
        )

    async def remove_one(settings: Settings) -> None:
        async with shared_database(settings) as database:
            with usable_database():
                outcome = await remove(database, name, SystemClock().now_ms(), is_forced=is_forced)
        if isinstance(outcome, Unknown):
            raise ConfigurationError(f"There is no tenant {name[:80]!r}; tenant list shows all.")
        if isinstance(outcome, Busy):
            raise TenantInUse(
                f"The tenant {name} has {outcome.running} running jobs: wait for their ends, or use --force."
            )

    return remove_one
