"""What everything else stands on: the data directory, the database, the secrets, the clock and the bells."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.bells import LocalBells
from bridge.clock import SystemClock
from bridge.errors import ConfigurationError
from bridge.logs import Redactor
from bridge.ports import Bells, Clock
from bridge.settings import Settings
from bridge.store import meta
from bridge.store.accounts import Accounts
from bridge.store.database import Database, Tx
from bridge.store.place import data_directory
from bridge.store.sqlite import sqlite_database
from bridge.store.uploads import Uploads, uploads_in
from bridge.store.vault import Vault, digest, key_of

TENANT: Final = "default"


@dataclass(frozen=True, slots=True)
class Ground:
    """The parts that everything uses. `tenants` gives the tenant by the digest of its API token."""

    clock: Clock
    bells: Bells
    database: Database
    accounts: Accounts
    uploads: Uploads
    tenants: Mapping[str, str]
    api_token: str
    is_token_new: bool


@asynccontextmanager
async def laid_ground(
    settings: Settings, redactor: Redactor, clock: Clock | None = None
) -> AsyncIterator[Ground]:
    """Open what is kept; raises `DataError` and `ConfigurationError`. `clock` stands in for the machine's."""
    clock = clock or SystemClock()
    with data_directory(settings.data_dir) as data_dir:
        path = _database_path(settings, data_dir)
        async with sqlite_database(path) as database:
            accounts = Accounts(Vault(_secret_key(settings, data_dir), redactor.add))
            await database.read(accounts.needed)
            token, known, is_new = await _api_token(settings, database)
            redactor.add(token)
            uploads = uploads_in(data_dir)
            yield Ground(
                clock, LocalBells(clock), database, accounts, uploads, {known: TENANT}, token, is_new
            )


async def _api_token(settings: Settings, database: Database) -> tuple[str, str, bool]:
    """Return the API token (empty when only its hash is kept), its hash, and whether it was made just now."""
    if settings.api_token is not None:
        token = settings.api_token.get_secret_value()
        return token, digest(token), False

    def kept_or_new(tx: Tx) -> tuple[str, str, bool]:
        kept = meta.get(tx, "api_token")
        if kept is not None:
            return "", kept, False
        token = secrets.token_urlsafe(32)
        meta.put(tx, "api_token", digest(token))
        return token, digest(token), True

    return await database.write(kept_or_new)


def _secret_key(settings: Settings, data_dir: Path) -> bytes:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    return key_of(data_dir)


def _database_path(settings: Settings, data_dir: Path) -> Path:
    name = settings.database or str(data_dir / "bridge.db")
    scheme, separator, rest = name.partition("://")
    if separator and scheme != "sqlite":
        raise ConfigurationError(f"database: {scheme} is not supported, give the path of a SQLite file.")
    return Path(rest if separator else name)
