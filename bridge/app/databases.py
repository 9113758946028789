"""Which database the settings name, and opening it: an SQLite file, or PostgreSQL at a URL."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from bridge.app.moved import refuse_moved
from bridge.app.starting import when_usable
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.metrics.store import StoreMetrics
from bridge.notifier import LocalNotifier
from bridge.ports import Clock, Notifier
from bridge.store.database import TOO_BUSY_S, Database
from bridge.store.files.uploads import LocalUploads, Uploads
from bridge.store.leader import Leader, OnlyProcess
from bridge.store.sqlite.lock import key_rotation
from bridge.store.sqlite.sqlite import sqlite_database

NO_DRIVER = (
    "database: PostgreSQL needs psycopg, which is not installed here. Install it beside the bridge: "
    ".venv/bin/python -m pip install 'psycopg[binary]>=3.3,<4'"
)

NO_UPGRADE = (
    "schema upgrade is for PostgreSQL, and --database names none: a bridge on SQLite brings its file up to "
    "date when it starts."
)


def is_postgres(settings: Settings) -> bool:
    """Return whether the database is PostgreSQL, which several bridges can share."""
    scheme, separator, _ = (settings.database or "").partition("://")
    return bool(separator) and scheme in {"postgresql", "postgres"}


def database_path(settings: Settings) -> Path:
    """Return where an SQLite database is; raises `ConfigurationError` for any other."""
    name = settings.database or str(settings.data_dir / "bridge.db")
    scheme, separator, rest = name.partition("://")
    if separator and scheme != "sqlite":
        raise ConfigurationError(
            f"database: {scheme} is not supported, give the path of a SQLite file or a URL of PostgreSQL."
        )
    return Path(rest if separator else name)


def refuse_unusable(settings: Settings) -> None:
    """Raise `ConfigurationError` for a database of a kind that cannot be opened here."""
    if not is_postgres(settings):
        database_path(settings)
    elif find_spec("psycopg") is None:
        raise ConfigurationError(NO_DRIVER)


def key_user(settings: Settings) -> Path:
    """Return the name of the database in the list of those that use a key file: its path, or one like it."""
    if not is_postgres(settings):
        return database_path(settings)
    parts = urlsplit(settings.database or "")
    return Path("/postgresql") / parts.netloc.rpartition("@")[2] / parts.path.lstrip("/")


@asynccontextmanager
async def open_database(
    settings: Settings, clock: Clock, patience_s: float = 0, metrics: StoreMetrics | None = None
) -> AsyncIterator[Database]:
    """Open and migrate the database; raises `DataError`, also if it was moved, and `ConfigurationError`.

    `patience_s`: how long to wait until the owner has migrated it if the bridge's role may not.
    """
    async with _database(settings, clock, patience_s, metrics) as database:
        await when_usable(lambda: refuse_moved(database), clock, min(patience_s, busy_s(settings)))
        yield database


def busy_s(settings: Settings) -> float:
    """Return how long a start waits for a database that is too busy; nobody else can keep a file busy."""
    return TOO_BUSY_S if is_postgres(settings) else 0


@asynccontextmanager
async def lease_database(settings: Settings, database: Database) -> AsyncIterator[Database]:
    """Open the database for heartbeats and leases: on PostgreSQL they wait for no other write."""
    if not is_postgres(settings):
        yield database
        return
    from bridge.store.postgres.postgres import own_connections

    async with own_connections(settings.database or "", SystemClock()) as own:
        yield own


def uploads_of(settings: Settings, local: LocalUploads, database: Database, clock: Clock) -> Uploads:
    """Return the uploads: files, which PostgreSQL keeps for all bridges."""
    if not is_postgres(settings):
        return local
    from bridge.store.postgres.uploads import SharedUploads

    return SharedUploads(local, database, clock)


@asynccontextmanager
async def notifier_of(
    settings: Settings, clock: Clock, watches: Mapping[str, Callable[[object], None]] | None = None
) -> AsyncIterator[Notifier]:
    """Run what wakes the parts of this bridge, and those of the others that share its database."""
    local = LocalNotifier(clock, watches)
    if not is_postgres(settings):
        yield local
        return
    from bridge.store.postgres.notifications import shared_notifier

    async with shared_notifier(settings.database or "", local, clock) as shared:
        yield shared


def leader_of(settings: Settings, clock: Clock) -> Leader:
    """Return what decides which bridge does what only one does."""
    if not is_postgres(settings):
        return OnlyProcess()
    from bridge.store.postgres.address import address_of
    from bridge.store.postgres.leader import AdvisoryLeader

    return AdvisoryLeader(address_of(settings.database or ""), clock)


@asynccontextmanager
async def rotation_lock(settings: Settings) -> AsyncIterator[None]:
    """Lock the secret keys of the database; raises `DataInUse` while another rotation runs."""
    if not is_postgres(settings):
        with key_rotation(database_path(settings)):
            yield
        return
    from bridge.store.postgres.lock import locked_keys

    async with locked_keys(settings.database or ""):
        yield


async def upgraded_schema(settings: Settings, clock: Clock) -> Sequence[str]:
    """Bring the schema up to date and return the files that were run; raises `DataError`."""
    if not is_postgres(settings):
        raise ConfigurationError(NO_UPGRADE)
    try:
        from bridge.store.postgres.address import address_of
        from bridge.store.postgres.upgrading import upgrade
    except ImportError as error:
        raise ConfigurationError(NO_DRIVER) from error
    return [each.name for each in await upgrade(address_of(settings.database or ""), clock)]


def _database(
    settings: Settings, clock: Clock, patience_s: float, metrics: StoreMetrics | None
) -> AbstractAsyncContextManager[Database]:
    if is_postgres(settings):
        return _postgres(settings.database or "", clock, patience_s, metrics)
    return sqlite_database(database_path(settings), metrics)


@asynccontextmanager
async def _postgres(
    url: str, clock: Clock, patience_s: float, metrics: StoreMetrics | None
) -> AsyncIterator[Database]:
    """Open PostgreSQL; the driver is imported only here, since few need it."""
    try:
        from bridge.store.postgres.postgres import postgres_database
    except ImportError as error:
        raise ConfigurationError(NO_DRIVER) from error
    async with postgres_database(url, clock, patience_s, metrics) as database:
        yield database
