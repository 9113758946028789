"""A database of either engine: where it lies, and opening it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import psycopg
import pytest

from bridge.clock import SystemClock
from bridge.store.database import Database
from bridge.store.postgres.address import address_of
from bridge.store.postgres.connection import connected
from bridge.store.postgres.migrations import migrate
from bridge.store.postgres.postgres import postgres_database
from bridge.store.sqlite.sqlite import sqlite_database
from tests.tools.postgres import Server

SQLITE: Final = "sqlite"
POSTGRES: Final = "postgres"
ENGINES: Final = (SQLITE, POSTGRES)
on_sqlite: Final = pytest.mark.parametrize("storage", [SQLITE], indirect=True)
"""For what only SQLite has: plans, its instructions, its file."""
on_postgres: Final = pytest.mark.parametrize("storage", [POSTGRES], indirect=True)
both_engines: Final = pytest.mark.parametrize("engine", ENGINES, indirect=True)
"""Run a test of whole bridges on PostgreSQL too."""
Storage: TypeAlias = Path | str
"""The path of an SQLite file, or a URL of PostgreSQL."""


@asynccontextmanager
async def opened(storage: Storage) -> AsyncIterator[Database]:
    """Open a database as a bridge does."""
    if isinstance(storage, Path):
        async with sqlite_database(storage) as database:
            yield database
    else:
        async with postgres_database(storage, SystemClock()) as database:
            yield database


@contextmanager
def migrated(server: Server) -> Iterator[str]:
    """Create a database with the current schema."""
    with server.database() as url:
        connection = connected(address_of(url))
        migrate(connection)
        connection.close()
        yield url


def emptied(url: str) -> str:
    """Empty a database for the next test, which costs a tenth of a new one; return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            DO $$
            DECLARE
                one TEXT; has_rows BOOLEAN; filled TEXT[] := '{}';
            BEGIN
                FOR one IN SELECT tablename FROM pg_tables
                            WHERE schemaname = 'public' AND tablename <> 'schema_version' LOOP
                    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', one) INTO has_rows;
                    IF has_rows THEN filled := filled || quote_ident(one); END IF;
                END LOOP;
                IF filled <> '{}' THEN
                    EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' RESTART IDENTITY CASCADE';
                END IF;
                FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
                    PERFORM setval(quote_ident(one), 1, false);
                END LOOP;
                ALTER TABLE last_commits DROP CONSTRAINT IF EXISTS moving;
            END $$
            """
        )
    return url
