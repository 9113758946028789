"""`tenant`: lists and removes those whom tokens belong to, also while a bridge runs."""

import json

from bridge.access.tenant import DEFAULT
from bridge.app.foundation import shared_database, usable_database
from bridge.cli.announce import counted, show, show_table
from bridge.cli.start import Command
from bridge.cli.tenant_name import no_tenant
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, TenantInUse
from bridge.flows.access.removal import Busy, Unknown, remove
from bridge.store.rows import tenants
from bridge.store.rows.tenants import TenantCounts


def listing(*, as_json: bool) -> Command:
    """Return the command that lists the tenants."""

    async def list_all(settings: Settings) -> None:
        now_ms = SystemClock().now_ms()
        async with shared_database(settings) as database:
            with usable_database():
                found = await database.read(lambda tx: tenants.every(tx, now_ms))
        if as_json:
            show(json.dumps([_listed(one) for one in found], indent=2))
            return
        rows = [[str(value) for value in _listed(one).values()] for one in found]
        show_table(("name", "state", "active tokens", "accounts", "running jobs"), rows)

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
                outcome = await remove(database, SystemClock(), name, is_forced=is_forced)
        if isinstance(outcome, Unknown):
            raise no_tenant(name)
        if isinstance(outcome, Busy):
            running = counted(outcome.running, "running job")
            raise TenantInUse(f"The tenant {name} has {running}: wait until it has none, or use --force.")
        show(f"Tenant {name} is removed.")

    return remove_one


def _listed(tenant: TenantCounts) -> dict[str, object]:
    return {
        "name": tenant.name,
        "state": "being removed" if tenant.is_being_removed else "active",
        "active_tokens": tenant.tokens,
        "accounts": tenant.accounts,
        "running_jobs": tenant.running,
    }
