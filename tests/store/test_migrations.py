"""A database of every earlier version is brought up to date, and what is in it stays."""

import json
import sqlite3
from importlib import metadata, resources

import pytest

from bridge.access.scopes import ALL, in_order
from bridge.accounts.person import person_of
from bridge.errors import DataError
from bridge.store.sqlite.migrations import migrate
from bridge.store.vault import digest

SCHEMA = sorted(
    (entry.name, entry.read_text(encoding="utf-8"))
    for entry in (resources.files("bridge.store.sqlite") / "schema").iterdir()
    if entry.name.endswith(".sql")
)
FILLED = """
    INSERT INTO accounts (id, tenant, kind, channel, server, max_jobs, token, token_hash, person_hash, mask,
                          updated_ms)
    VALUES (1, 'default', 'configured', '1', '2', 10, x'00', 'a', 'b', 'c', 0);
    INSERT INTO jobs (id, tenant, account, channel, verb, state, is_owed, created_ms, body)
    VALUES ('job-1', 'default', 1, '1', 'pixverse-create', 'given_up', 1, 0, '{}');
"""


def of_version(version: int) -> sqlite3.Connection:
    """Return a database as a bridge of that schema left it, with a job in it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for _, text in SCHEMA[:version]:
        connection.executescript(text)
    connection.executescript(f"{FILLED} PRAGMA user_version = {version};")
    return connection


def shape(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return sorted(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())


@pytest.mark.parametrize("version", range(1, len(SCHEMA) + 1))
def test_a_database_of_an_earlier_version_becomes_like_a_new_one(version: int) -> None:
    new = sqlite3.connect(":memory:", isolation_level=None)
    migrate(new)
    old = of_version(version)

    migrate(old)

    assert shape(old) == shape(new)
    assert old.execute("SELECT id, state, status FROM jobs").fetchall() == [("job-1", "given_up", "failed")]
    assert old.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_accounts_whose_tokens_begin_with_mfa_are_told_apart_after_the_update() -> None:
    old = of_version(5)
    person = digest("mfa")
    for token in ("mfa.one", "mfa.two"):
        old.execute(
            """
            INSERT INTO accounts (tenant, kind, channel, server, max_jobs, token, token_hash, person_hash,
                                  mask, updated_ms)
            VALUES ('default', 'retired', '1', '2', 10, x'00', ?, ?, 'c', 0)
            """,
            (digest(token), person),
        )

    migrate(old)

    found = old.execute("SELECT person_hash FROM accounts ORDER BY id").fetchall()
    assert found == [("b",), (digest(person_of("mfa.one")),), (digest(person_of("mfa.two")),)]


@pytest.mark.parametrize(("kept", "cut_at"), [((), "7"), ((6, 7), "5"), ((1, 2, 7), None)])
def test_it_is_known_up_to_where_the_log_is_gone(kept: tuple[int, ...], cut_at: str | None) -> None:
    old = of_version(10)
    for position in range(1, 8):
        old.execute(
            "INSERT INTO events (tenant, subject, channel, at_ms, snapshot) VALUES ('', '', '', 0, '{}')"
        )
        if position not in kept:
            old.execute("DELETE FROM events WHERE position = ?", (position,))

    migrate(old)

    found = old.execute("SELECT value FROM meta WHERE key = 'log_cut_at'").fetchone()
    assert (found and found[0]) == cut_at


def test_a_database_that_never_had_an_event_has_no_cut_log() -> None:
    old = of_version(10)

    migrate(old)

    assert old.execute("SELECT value FROM meta WHERE key = 'log_cut_at'").fetchone() is None


def test_the_files_are_numbered_without_a_gap() -> None:
    numbers = [int(name.partition("_")[0]) for name, _ in SCHEMA]

    assert numbers == list(range(1, len(SCHEMA) + 1))


@pytest.mark.parametrize(("picture", "answered_ms"), [({"key": "k"}, 241_000), (None, None)])
def test_a_post_of_the_version_that_uploaded_after_its_row_may_have_been_made_minutes_later(
    picture: dict[str, str] | None, answered_ms: int | None
) -> None:
    old = of_version(5)
    body = json.dumps({"command": {"image": picture, "face": None}})
    old.execute("UPDATE jobs SET body = ? WHERE id = 'job-1'", (body,))
    old.execute(
        "INSERT INTO interactions (nonce, job, account, kind, sent_ms) VALUES ('n', 'job-1', 1, 'run', 1000)"
    )

    migrate(old)

    assert old.execute("SELECT answered_ms, answer FROM interactions").fetchall() == [(answered_ms, None)]


def test_the_token_of_the_first_start_becomes_one_of_the_default_tenant_with_all_scopes() -> None:
    old = of_version(16)
    old.execute("INSERT INTO meta (key, value) VALUES ('api_token', 'its-digest')")

    migrate(old)

    found = old.execute("SELECT tenant, digest, scopes, origin, revoked_ms, expires_ms FROM api_tokens")
    assert found.fetchall() == [
        ("default", "its-digest", " ".join(in_order(ALL)), "first_start", None, None),
    ]
    assert old.execute("SELECT value FROM meta WHERE key = 'api_token'").fetchone() is None


def test_a_database_whose_token_was_configured_has_none_after_the_update() -> None:
    old = of_version(16)

    migrate(old)

    assert old.execute("SELECT count(*) FROM api_tokens").fetchone() == (0,)


def test_it_is_known_which_version_has_run_a_file() -> None:
    new, old = sqlite3.connect(":memory:"), of_version(len(SCHEMA) - 1)
    for connection in (new, old):
        migrate(connection)

        rows = connection.execute("SELECT number, version, took_ms < 60000 FROM schema_runs").fetchall()
        assert rows[-1] == (len(SCHEMA), metadata.version("pixverse-bridge"), 1)


def test_a_newer_schema_is_refused_with_the_version_that_has_made_it() -> None:
    newer = of_version(len(SCHEMA))
    newer.execute("INSERT INTO schema_runs VALUES (900, '7.8.9', 0, 0)")
    newer.execute("PRAGMA user_version = 900")

    with pytest.raises(DataError, match=r"schema 900, not \d+\): use version 7\.8\.9, or a newer one\."):
        migrate(newer)
