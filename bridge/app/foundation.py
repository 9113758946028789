"""What everything else needs: data directory, database, secrets, clock and notifier."""

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from bridge.app.secret_keys import key_sources, opened_vault
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError
from bridge.logs import Redactor
from bridge.notifier import LocalNotifier
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable
from bridge.store.files.uploads import Uploads, uploads_in
from bridge.store.rows import events, meta
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.webhook_secrets import WebhookSecrets
from bridge.store.sqlite.lock import data_directory, database_file
from bridge.store.sqlite.migrations import is_up_to_date
from bridge.store.sqlite.sqlite import sqlite_database
from bridge.store.vault import digest

log = structlog.get_logger(__name__)

TENANT: Final = "default"
TELL_RECEIVERS: Final = "it was replaced: give the receivers the one that webhook-secret shows"


@dataclass(frozen=True, slots=True)
class Foundation:
    """The parts that everything uses. `tenants` maps the digest of an API token to its tenant."""

    clock: Clock
    notifier: Notifier
    database: Database
    accounts: Accounts
    webhook_secrets: WebhookSecrets
    webhook_secret: str
    uploads: Uploads
    tenants: Mapping[str, str]
    api_token: str
    is_token_new: bool


@asynccontextmanager
async def open_foundation(
    settings: Settings, redactor: Redactor, clock: Clock | None = None
) -> AsyncIterator[Foundation]:
    """Open all parts; raises `DataError` and `ConfigurationError`. `clock` replaces the system clock."""
    clock = clock or SystemClock()
    with _held(settings) as (data_dir, path):
        async with sqlite_database(path) as database:
            with usable_database():
                vault = await opened_vault(database, key_sources(settings), redactor)
            accounts, webhook_secrets = Accounts(vault), WebhookSecrets(vault)
            with usable_database():
                webhook_secret = await _webhook_secret(settings, database, webhook_secrets, clock)
                token, known, is_new = await _api_token(settings, database)
                await _begin_log(database, clock)
            redactor.add(token)
            uploads = uploads_in(data_dir)
            yield Foundation(
                clock=clock,
                notifier=LocalNotifier(clock),
                database=database,
                accounts=accounts,
                webhook_secrets=webhook_secrets,
                webhook_secret=webhook_secret,
                uploads=uploads,
                tenants={known: TENANT},
                api_token=token,
                is_token_new=is_new,
            )


async def keep_new_token(foundation: Foundation) -> None:
    """Store a token that was generated in this start, right before it is shown; raises `DataError`.

    If it were stored earlier, a failed start would leave a token that nobody has seen.
    """
    if foundation.is_token_new:
        known = digest(foundation.api_token)
        with usable_database():
            await foundation.database.write(lambda tx: meta.put(tx, "api_token", known))


@asynccontextmanager
async def kept_webhook_secrets(
    settings: Settings, redactor: Redactor
) -> AsyncIterator[tuple[Database, WebhookSecrets]]:
    """Open the webhook secrets, also while a bridge runs; raises `DataError`.

    The database is locked only if it must be created or migrated.
    """
    with ExitStack() as stack:
        if not is_up_to_date(_database_path(settings, settings.data_dir)):
            stack.enter_context(_held(settings))
        async with sqlite_database(_database_path(settings, settings.data_dir)) as database:
            vault = await opened_vault(database, key_sources(settings), redactor)
            yield database, WebhookSecrets(vault)


@contextmanager
def _held(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """Lock the data directory and the database; raises `DataError`."""
    with (
        data_directory(settings.data_dir) as data_dir,
        database_file(_database_path(settings, data_dir)) as path,
    ):
        yield data_dir, path


async def _webhook_secret(
    settings: Settings, database: Database, webhook_secrets: WebhookSecrets, clock: Clock
) -> str:
    """Return the current webhook secret: the configured one, else the stored one, else a new one."""
    given = settings.webhook_secret.get_secret_value() if settings.webhook_secret else None
    now_ms = clock.now_ms()
    if await database.read(lambda tx: webhook_secrets.must_replace(tx, TENANT)):
        log.error("webhook_secret_cannot_be_decrypted", tenant=TENANT, remedy=TELL_RECEIVERS)
    return await database.write(lambda tx: webhook_secrets.prepare(tx, TENANT, given, now_ms))


async def _begin_log(database: Database, clock: Clock) -> None:
    now_ms = clock.now_ms()
    await database.write(lambda tx: events.begin(tx, now_ms))


@contextmanager
def usable_database() -> Iterator[None]:
    """Turn a failing database at start into a `DataError`."""
    try:
        yield
    except StoreUnavailable as error:
        raise DataError(f"The database cannot be used: {error}.") from error


async def _api_token(settings: Settings, database: Database) -> tuple[str, str, bool]:
    """Return the API token (empty if only its hash is stored), its hash, and whether it is new."""
    if settings.api_token is not None:
        token = settings.api_token.get_secret_value()
        return token, digest(token), False

    kept = await database.read(lambda tx: meta.get(tx, "api_token"))
    if kept is not None:
        return "", kept, False
    token = secrets.token_urlsafe(32)
    return token, digest(token), True


def _database_path(settings: Settings, data_dir: Path) -> Path:
    name = settings.database or str(data_dir / "bridge.db")
    scheme, separator, rest = name.partition("://")
    if separator and scheme != "sqlite":
        raise ConfigurationError(f"database: {scheme} is not supported, give the path of a SQLite file.")
    return Path(rest if separator else name)
