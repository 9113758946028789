"""What a bridge says when PostgreSQL does not let it work: what is wrong, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import structlog

from bridge.clock import SystemClock
from bridge.errors import ConfigurationError, DataError
from bridge.store.database import StoreUnavailable
from bridge.store.postgres.address import address_of
from bridge.store.postgres.lane import Lane
from bridge.store.postgres.postgres import own_connections, postgres_database
from bridge.store.postgres.reader import Reader
from bridge.store.postgres.refusal import unusable
from tests.tools.postgres import Server
from tests.tools.rows import kept

USER: Final = "bridge_of_refusals"
LIMIT_S: Final = 4.0


@contextmanager
def user(url: str, limit: int = -1) -> Iterator[str]:
    """Give the URL for a user who has all rights on rows, and may have so many connections."""
    _run(
        url,
        f"CREATE ROLE {USER} LOGIN CONNECTION LIMIT {limit}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {USER}",
    )
    parts = urlsplit(url)
    try:
        yield urlunsplit(parts._replace(netloc=f"{USER}@{parts.netloc.rpartition('@')[2]}"))
    finally:
        _run(url, f"DROP OWNED BY {USER}", f"DROP ROLE {USER}")


async def refused(url: str) -> str:
    """Return what a bridge says that is started on a database, and is refused."""
    with pytest.raises((DataError, ConfigurationError)) as raised:
        async with postgres_database(url, SystemClock()):
            pass
    return str(raised.value)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ('FATAL:  password authentication failed for user "app"', "Check the user and the password"),
        ("fe_sendauth: no password supplied", "Put the password in a passfile"),
        ("failed to resolve host 'db': Name or service not known", "Check host and port"),
        ("connection to server failed: Connection refused", "Check host and port"),
        ("FATAL:  sorry, too many clients already", "raise max_connections"),
        ("session is read-only", "Name the primary"),
        ("FATAL:  no pg_hba.conf entry for host", "by pg_hba.conf"),
        ("server does not support SSL, but SSL was required", "Check sslmode"),
        ("permission denied for table schema_version", "Grant the role its rights"),
        ("FATAL:  Passwort-Authentifizierung fehlgeschlagen", "Check host, port, user, password and name"),
    ],
)
def test_each_refusal_says_what_to_do(said: str, remedy: str) -> None:
    text = str(unusable(address_of("postgresql://db/bridge"), psycopg.OperationalError(said)))

    assert text.startswith(f"The database bridge on db cannot be used: {said}. ")
    assert remedy in text


async def test_a_name_that_does_not_exist_is_said_with_what_creates_it(postgres_url: str) -> None:
    said = await refused(urlunsplit(urlsplit(postgres_url)._replace(path="/nowhere")))

    assert 'database "nowhere" does not exist' in said
    assert "createdb --encoding UTF8" in said


async def test_a_database_that_cannot_store_every_prompt_is_refused(postgres: Server) -> None:
    name = f"{USER}_latin"
    postgres.run("DROP DATABASE IF EXISTS {}", name)
    postgres.run("CREATE DATABASE {} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", name)
    try:
        said = await refused(postgres.of(name))
    finally:
        postgres.run("DROP DATABASE {} WITH (FORCE)", name)

    assert "encoding LATIN1" in said
    assert "createdb --encoding UTF8" in said


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("db/bridge?nonsense=1", "option nonsense, which libpq does not know"),
        ("db/bridge?options=-csearch_path=x", "write = as %3D in the value of the option options"),
        ("a/b?secret=x@db/bridge", "no URL of PostgreSQL"),
    ],
)
async def test_a_wrong_option_is_named_and_no_part_of_a_password(rest: str, said: str) -> None:
    found = await refused(f"postgresql://{rest}")

    assert said in found
    assert "secret" not in found


async def test_a_server_that_gives_too_few_connections_is_told_and_reads_use_those_it_gives(
    postgres_url: str,
) -> None:
    clock = SystemClock()
    with user(postgres_url, limit=1) as url:
        lanes = [Lane(address_of(url), clock, name) for name in ("first", "second")]
        reader = Reader(lanes, clock)
        try:
            with structlog.testing.capture_logs() as lines:
                found = [await reader.read(kept, LIMIT_S) for _ in range(4)]
        finally:
            for lane in lanes:
                await lane.close()

    assert found == [[]] * 4
    told = [(line["event"], line["connection"]) for line in lines]
    assert told == [("connection_was_not_opened", "second")]
    assert "too many connections" in lines[0]["reason"]


async def test_rights_and_tables_that_are_taken_away_are_no_end_of_a_bridge(postgres_url: str) -> None:
    with user(postgres_url) as url:
        async with own_connections(url, SystemClock()) as database:
            await database.read(kept)
            for taking, giving, said in (
                (f"REVOKE ALL ON meta FROM {USER}", f"GRANT ALL ON meta TO {USER}", "permission denied"),
                ("ALTER TABLE meta RENAME TO away", "ALTER TABLE away RENAME TO meta", "does not exist"),
            ):
                _run(postgres_url, taking)
                try:
                    for ask in (database.read, database.write):
                        with pytest.raises(StoreUnavailable, match=said):
                            await ask(kept)
                finally:
                    _run(postgres_url, giving)

            assert await database.read(kept) == []


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
