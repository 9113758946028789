"""The database as an account sees it that runs on a lease: whoever has lost the lease can change nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import leases
from bridge.store.rows.leases import Lease

Value = TypeVar("Value")


class LeaseLost(StoreUnavailable):
    """Another process has, or may have, the lease that this was to be written under. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """Writes under a lease, checked in the same transaction; `on_lost` is called if it proves to be lost."""

    database: Database
    lease: Lease
    on_lost: Callable[[], None]

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` under the lease and return its result; raises `LeaseLost`."""

        def fenced(tx: Tx) -> Value:
            if not leases.is_held(tx, self.lease):
                raise LeaseLost("another process has the lease of this account")
            return body(tx)

        try:
            return await self.database.write(fenced)
        except LeaseLost:
            self.on_lost()
            raise

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only, which needs no lease."""
        return await self.database.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only, which needs no lease."""
        return await self.database.query(body)
