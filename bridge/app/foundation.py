"""What everything else needs: data directory, database, secrets, clock and notifier."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final, TypeVar

import structlog

from bridge.access.tenant import DEFAULT
from bridge.app.databases import (
    busy_s,
    database_path,
    is_postgres,
    key_user,
    leader_of,
    lease_database,
    notifier_of,
    open_database,
    uploads_of,
)
from bridge.app.measuring import watches
from bridge.app.profile import profile_of, verb_names
from bridge.app.secret_keys import key_sources, note_keys, opened_vault
from bridge.app.starting import when_usable
from bridge.app.tracing import sent_at_the_end, tracing_of, with_spans
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import DataError, DataInUse
from bridge.flows.restored import settle_restored
from bridge.logs import Redactor
from bridge.metrics.loop_lag import LoopLag
from bridge.metrics.metrics import Metrics
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable
from bridge.store.files.uploads import Uploads, uploads_in
from bridge.store.leader import Leader
from bridge.store.private_files import close_to_others, files_of
from bridge.store.rows import events, leases
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.webhook_secrets import WebhookSecrets
from bridge.store.sqlite.key_users import list_of, note_database
from bridge.store.sqlite.lock import data_directory, database_file, lock_of, make_directory
from bridge.store.sqlite.migrations import is_up_to_date
from bridge.store.vault import Vault
from bridge.tracing.tracing import Tracing

Value = TypeVar("Value")
log = structlog.get_logger(__name__)

TELL_RECEIVERS: Final = "it was replaced: give the receivers the one that webhook-secret shows"

OWNER_S: Final = 600.0
"""How long a start waits for the owner of the database to upgrade the schema, if its own role may not."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """The parts that everything uses."""

    clock: Clock
    metrics: Metrics
    tracing: Tracing
    loop_lag: LoopLag
    notifier: Notifier
    leader: Leader
    database: Database
    lease_database: Database
    accounts: Accounts
    webhook_secrets: WebhookSecrets
    webhook_secret: str
    uploads: Uploads


@asynccontextmanager
async def open_foundation(
    settings: Settings, redactor: Redactor, clock: Clock | None = None
) -> AsyncIterator[Foundation]:
    """Open all parts; raises `DataError` and `ConfigurationError`. `clock` replaces the system clock."""
    clock = clock or SystemClock()
    metrics = Metrics(SystemClock(), metadata.version("pixverse-bridge"))
    with held(settings) as data_dir:
        close_files(settings)
        async with (
            tracing_of(settings, redactor) as tracing,
            open_database(settings, SystemClock(), OWNER_S, metrics.store) as database,
        ):
            vault = await _usable(settings, lambda: _vault_alone(settings, database, redactor))
            accounts, webhook_secrets = Accounts(vault), WebhookSecrets(vault)
            webhook_secret = await _usable(
                settings, lambda: _webhook_secret(settings, database, webhook_secrets, clock)
            )
            await _usable(settings, lambda: _begin_log(database, clock))
            await _usable(settings, lambda: _settle_restored(settings, database, accounts, clock))
            uploads = uploads_of(settings, uploads_in(data_dir), database, clock)
            async with (
                sent_at_the_end(tracing),
                notifier_of(
                    settings, clock, with_spans(watches(metrics, verb_names(settings)), tracing)
                ) as notifier,
                lease_database(settings, database) as for_leases,
            ):
                yield Foundation(
                    clock=clock,
                    metrics=metrics,
                    tracing=tracing,
                    loop_lag=LoopLag(clock, metrics.loop.late),
                    notifier=notifier,
                    leader=leader_of(settings, clock),
                    database=database,
                    lease_database=for_leases,
                    accounts=accounts,
                    webhook_secrets=webhook_secrets,
                    webhook_secret=webhook_secret,
                    uploads=uploads,
                )


@asynccontextmanager
async def kept_webhook_secrets(
    settings: Settings, redactor: Redactor
) -> AsyncIterator[tuple[Database, WebhookSecrets]]:
    """Open the webhook secrets, also while a bridge runs; raises `DataError`."""
    async with shared_database(settings) as database:
        yield database, WebhookSecrets(await _vault(settings, database, redactor))


@asynccontextmanager
async def kept_accounts(settings: Settings, redactor: Redactor) -> AsyncIterator[tuple[Database, Accounts]]:
    """Open the stored accounts, also while a bridge runs; raises `DataError`."""
    async with shared_database(settings) as database:
        yield database, Accounts(await _vault(settings, database, redactor))


async def _vault(settings: Settings, database: Database, redactor: Redactor) -> Vault:
    """Return the vault of a database, once it is in the list of those that use the key file."""
    sources = key_sources(settings)
    if sources.is_generated:
        note_database(sources.generated, key_user(settings))
    return await opened_vault(database, sources, redactor)


@asynccontextmanager
async def shared_database(
    settings: Settings, *, tell_created: Callable[[str], None] | None = None
) -> AsyncIterator[Database]:
    """Open the database for a command, also while a bridge runs; raises `DataError`.

    It is locked only if it must be created or migrated, or has no secret key yet. Only with `tell_created`,
    which is told where, may it be created: otherwise a mistyped directory would be a new, empty database.
    """
    if is_postgres(settings):
        if key_sources(settings).is_generated:
            make_directory(settings.data_dir)
        async with open_database(settings, SystemClock()) as database:
            yield database
        return
    path = database_path(settings)
    is_missing = not path.is_file()
    if is_missing and tell_created is None:
        raise DataError(_no_database(settings, path))
    with ExitStack() as stack:
        if not is_up_to_date(path):
            stack.enter_context(held(settings))
        close_files(settings)
        async with open_database(settings, SystemClock()) as database:
            if is_missing and tell_created is not None:
                tell_created(str(path))
            yield database


def _no_database(settings: Settings, path: Path) -> str:
    made = "The first start of a bridge makes it: pixverse-bridge serve."
    if settings.database is None:
        return f"There is no database in {settings.data_dir}. Is --data-dir (or --config) right? {made}"
    return f"There is no database {path}. Is --database (or --config) right? {made}"


def is_in_use(settings: Settings) -> bool | None:
    """Return whether a bridge has locked the database file; None if the database is no file."""
    if is_postgres(settings):
        return None
    try:
        with database_file(database_path(settings)):
            return False
    except DataInUse:
        return True


async def note_keys_if_alone(settings: Settings, database: Database) -> None:
    """Take keys out of the database that no other bridge can need from there: only if none shares it."""
    if is_postgres(settings) and len(await database.read(leases.machines)) > 0:
        return
    await note_keys(database, key_sources(settings))


def close_files(settings: Settings) -> None:
    """Take the rights of others from the files with secrets, and log which had been open to them."""
    sources = key_sources(settings)
    of_database = [] if is_postgres(settings) else files_of(database_path(settings))
    keys = [path for path in (sources.file, sources.generated) if path is not None]
    beside = [
        *(lock_of(path) for path in keys),
        list_of(sources.generated),
        settings.data_dir / "bridge.lock",
    ]
    for file in close_to_others([*of_database, *keys, *beside]):
        log.warning(
            "file_was_open_to_others" if file.is_closed else "file_is_open_to_others",
            path=str(file.path),
            mode=f"{file.mode:04o}",
        )


@contextmanager
def held(settings: Settings) -> Iterator[Path]:
    """Lock the data directory, and the database if it is a file; raises `DataError`."""
    with data_directory(settings.data_dir) as data_dir, ExitStack() as stack:
        if not is_postgres(settings):
            stack.enter_context(database_file(database_path(settings)))
        yield data_dir


async def _webhook_secret(
    settings: Settings, database: Database, webhook_secrets: WebhookSecrets, clock: Clock
) -> str:
    """Return the current webhook secret: the configured one, else the stored one, else a new one."""
    given = settings.webhook_secret.get_secret_value() if settings.webhook_secret else None
    now_ms = clock.now_ms()
    if await database.read(lambda tx: webhook_secrets.must_replace(tx, DEFAULT)):
        log.error("webhook_secret_cannot_be_decrypted", tenant=DEFAULT, remedy=TELL_RECEIVERS)
    return await database.write(lambda tx: webhook_secrets.prepare(tx, DEFAULT, given, now_ms))


async def _usable(settings: Settings, work: Callable[[], Awaitable[Value]]) -> Value:
    """Return the result of a work at the start; raises `DataError` if the database stays too busy."""
    return await when_usable(work, SystemClock(), busy_s(settings))


async def _vault_alone(settings: Settings, database: Database, redactor: Redactor) -> Vault:
    """Return the vault; if no other bridge shares the database, keys that it needs no more are taken out."""
    vault = await _vault(settings, database, redactor)
    await note_keys_if_alone(settings, database)
    return vault


async def _begin_log(database: Database, clock: Clock) -> None:
    now_ms = clock.now_ms()
    await database.write(lambda tx: events.begin(tx, now_ms))


async def _settle_restored(settings: Settings, database: Database, accounts: Accounts, clock: Clock) -> None:
    """Settle what is in doubt if the database was restored from a backup since the last start."""
    now_ms, buttons = clock.now_ms(), profile_of(settings).prompt_buttons
    done = await database.write(lambda tx: settle_restored(tx, accounts, buttons, now_ms))
    if done is not None:
        taken = datetime.fromtimestamp(done.taken_ms / 1000, UTC).isoformat(timespec="seconds")
        log.warning("database_was_restored", backup_taken=taken, jobs_in_doubt=done.doubtful)


@contextmanager
def usable_database() -> Iterator[None]:
    """Turn a failing database at start into a `DataError`."""
    try:
        yield
    except StoreUnavailable as error:
        raise DataError(f"The database cannot be used: {error}.") from error
