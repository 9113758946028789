"""Machines, which show by heartbeats that they live, and the leases of Discord persons that they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.leases.sharing import Group
from bridge.leases.term import Machine
from bridge.store.database import Dialect, Tx

MOVING: Final = "another process takes the account over"


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it was taken: whoever writes for the person's accounts names it."""

    person: str
    machine: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Held:
    """Which machine, by its id, has held an account since when."""

    account: int
    tenant: str
    channel: str
    machine: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Holder:
    """The name of a machine that holds a lease, and since when."""

    name: str
    since_ms: int


def join(tx: Tx, machine: Machine) -> None:
    """Add a machine."""
    tx.run(
        """
        INSERT INTO machines (id, name, started_ms, heartbeat, heartbeat_ms, reaches_discord, schema)
        VALUES (:id, :name, :started_ms, 0, :started_ms, :reaches, :schema)
        """,
        id=machine.id,
        name=machine.name,
        started_ms=machine.started_ms,
        reaches=int(machine.reaches_discord),
        schema=machine.schema,
    )


def leave(tx: Tx, machine: str, now_ms: int) -> None:
    """Remove a machine, and free what it held."""
    _free(tx, machine, now_ms)
    tx.run("DELETE FROM machines WHERE id = :machine", machine=machine)


def remove_all(tx: Tx) -> None:
    """Remove every machine, and what they have stored for others: nobody else can use the database."""
    tx.run("DELETE FROM conditions")
    tx.run("DELETE FROM open_submits")
    tx.run("UPDATE leases SET machine = NULL WHERE machine IS NOT NULL")
    tx.run("DELETE FROM machines")


def beat(tx: Tx, machine: str, now_ms: int, *, reaches_discord: bool) -> bool:
    """Store a heartbeat; False if the machine was removed, because it had been silent for too long."""
    changed = tx.run(
        """
        UPDATE machines SET heartbeat = heartbeat + 1, heartbeat_ms = :now_ms, reaches_discord = :reaches
         WHERE id = :machine
        """,
        machine=machine,
        now_ms=now_ms,
        reaches=int(reaches_discord),
    )
    return changed > 0


def drain(tx: Tx, machine: str) -> None:
    """Record that a machine is ending: it takes no lease any more."""
    tx.run("UPDATE machines SET is_draining = 1 WHERE id = :machine", machine=machine)


def remove_silent(tx: Tx, machine: str, heartbeat: int, now_ms: int) -> bool:
    """Remove a machine and free what it held, unless it has had another heartbeat."""
    removed = tx.run(
        "DELETE FROM machines WHERE id = :machine AND heartbeat = :heartbeat",
        machine=machine,
        heartbeat=heartbeat,
    )
    if removed:
        _free(tx, machine, now_ms)
    return removed > 0


def machines(tx: Tx) -> Sequence[Machine]:
    """Return all machines, the oldest first."""
    return [
        Machine(
            id=row["id"],
            name=row["name"],
            started_ms=row["started_ms"],
            heartbeat=row["heartbeat"],
            heartbeat_ms=row["heartbeat_ms"],
            is_draining=bool(row["is_draining"]),
            reaches_discord=bool(row["reaches_discord"]),
            schema=row["schema"],
        )
        for row in tx.all("SELECT * FROM machines ORDER BY started_ms, id")
    ]


def groups(tx: Tx) -> Sequence[Group]:
    """Return the persons whose accounts must be connected, as `Accounts.needed` has them."""
    rows = tx.all(
        """
        SELECT accounts.person_hash, count(*) AS accounts, max(leases.machine) AS machine
          FROM accounts LEFT JOIN leases ON leases.person_hash = accounts.person_hash
         WHERE accounts.kind = 'configured'
            OR accounts.id IN (SELECT account FROM jobs WHERE is_owed = 1)
            OR accounts.id IN (SELECT account FROM jobs WHERE ended_ms IS NULL)
            OR accounts.id IN (SELECT account FROM queue)
         GROUP BY accounts.person_hash
         ORDER BY accounts.person_hash
        """
    )
    return [Group(row["person_hash"], row["accounts"], row["machine"]) for row in rows]


def of_machine(tx: Tx, machine: str) -> Sequence[Lease]:
    """Return the leases that a machine has."""
    rows = tx.all("SELECT person_hash, epoch FROM leases WHERE machine = :machine", machine=machine)
    return [Lease(row["person_hash"], machine, row["epoch"]) for row in rows]


def take(tx: Tx, machine: str, persons: Sequence[str], now_ms: int) -> Mapping[str, Lease]:
    """Take the leases of these persons that are free; nothing of a machine that was removed."""
    if tx.one("SELECT 1 FROM machines WHERE id = :machine", machine=machine) is None:
        return {}
    return {person: lease for person in persons if (lease := _taken(tx, machine, person, now_ms))}


def give_up(tx: Tx, lease: Lease, now_ms: int) -> None:
    """Free a lease that is still this one; until another machine has it, its accounts are reconnecting."""
    freed = tx.run(
        """
        UPDATE leases SET machine = NULL
         WHERE person_hash = :person AND machine = :machine AND epoch = :epoch
        """,
        person=lease.person,
        machine=lease.machine,
        epoch=lease.epoch,
    )
    if freed:
        _hand_on(tx, lease.person, now_ms)


def delete_unneeded(tx: Tx) -> None:
    """Delete the free leases of persons that have no account."""
    tx.run(
        """
        DELETE FROM leases
         WHERE machine IS NULL
           AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.person_hash = leases.person_hash)
        """
    )


def is_held(tx: Tx, lease: Lease) -> bool:
    """Return whether a lease is still this one; nobody can take it before this transaction ends."""
    row = tx.one(_HELD[tx.dialect], person=lease.person, machine=lease.machine, epoch=lease.epoch)
    return row is not None


def held(tx: Tx) -> Sequence[Held]:
    """Return the configured accounts that a machine holds."""
    rows = tx.all(
        """
        SELECT accounts.id, accounts.tenant, accounts.channel, leases.machine, leases.since_ms
          FROM leases JOIN accounts ON accounts.person_hash = leases.person_hash
         WHERE leases.machine IS NOT NULL AND accounts.kind = 'configured'
         ORDER BY accounts.id
        """
    )
    return [Held(row["id"], row["tenant"], row["channel"], row["machine"], row["since_ms"]) for row in rows]


def holders(tx: Tx, tenant: str) -> Mapping[int, Holder]:
    """Return which machines hold a tenant's configured accounts; nothing if there is only one machine."""
    rows = tx.all(
        """
        SELECT accounts.id, machines.name, leases.since_ms
          FROM accounts JOIN leases ON leases.person_hash = accounts.person_hash
               JOIN machines ON machines.id = leases.machine
         WHERE accounts.tenant = :tenant AND accounts.kind = 'configured'
           AND (SELECT count(*) FROM machines) > 1
        """,
        tenant=tenant,
    )
    return {row["id"]: Holder(row["name"], row["since_ms"]) for row in rows}


def _taken(tx: Tx, machine: str, person: str, now_ms: int) -> Lease | None:
    row = tx.one(
        """
        INSERT INTO leases (person_hash, machine, epoch, since_ms) VALUES (:person, :machine, 1, :now_ms)
        ON CONFLICT (person_hash) DO UPDATE
           SET machine = excluded.machine, epoch = leases.epoch + 1, since_ms = excluded.since_ms
         WHERE leases.machine IS NULL
        RETURNING epoch
        """,
        person=person,
        machine=machine,
        now_ms=now_ms,
    )
    return Lease(person, machine, row["epoch"]) if row else None


def _free(tx: Tx, machine: str, now_ms: int) -> None:
    """Free all leases of a machine."""
    for lease in of_machine(tx, machine):
        give_up(tx, lease, now_ms)


def _hand_on(tx: Tx, person: str, now_ms: int) -> None:
    """Show a person's configured accounts as reconnecting, and no others."""
    tx.run(
        """
        UPDATE conditions SET standing = 'reconnecting', since_ms = :now_ms, reason = :reason, remedy = NULL
         WHERE account IN (SELECT id FROM accounts WHERE person_hash = :person AND kind = 'configured')
        """,
        person=person,
        now_ms=now_ms,
        reason=MOVING,
    )
    tx.run(
        """
        DELETE FROM conditions
         WHERE account IN (SELECT id FROM accounts WHERE person_hash = :person AND kind <> 'configured')
        """,
        person=person,
    )


_HELD: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: """
        SELECT 1 FROM leases WHERE person_hash = :person AND machine = :machine AND epoch = :epoch
    """,
    Dialect.POSTGRES: """
        SELECT 1 FROM leases WHERE person_hash = :person AND machine = :machine AND epoch = :epoch FOR SHARE
    """,
}
"""SQLite has one writer. On PostgreSQL whoever takes the lease waits for this transaction."""
