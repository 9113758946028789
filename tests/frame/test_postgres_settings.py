"""A URL of PostgreSQL: its password is shown nowhere, and commands work on it as on a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.app.databases import open_database
from bridge.cli.layers import load, preset, read_flags
from bridge.cli.passwords import passwords_in, without_password
from bridge.cli.report import plan, value
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError
from tests.tools import command_line

URL = "postgresql://bridge:hunter%402@db1:5432,db2:5432/bridge?target_session_attrs=any&sslpassword=key1"


def test_the_passwords_of_a_url_are_known_in_every_spelling() -> None:
    assert set(passwords_in(URL)) == {"hunter%402", "hunter@2", "key1"}
    assert passwords_in("data/bridge.db") == []


def test_the_report_shows_a_url_without_its_passwords() -> None:
    settings = load(preset({"database": URL}, "here")).settings

    shown = plan(settings)["Database"] + value(settings, "database")

    assert "db1:5432,db2:5432/bridge" in shown
    assert not any(password in shown for password in passwords_in(URL))
    assert without_password("data/bridge.db") == "data/bridge.db"


def test_a_password_on_the_command_line_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="--database: a password on the command line") as raised:
        load(read_flags({"database": URL}))

    assert "hunter" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://db/bridge", "mysql is not supported"),
        (
            "postgresql://bridge:hunter2@db/bridge?unknown_option=1",
            "unknown_option, which libpq does not know",
        ),
        ("postgresql://bridge:a b@db/bridge%zz", "no URL of PostgreSQL"),
    ],
)
async def test_a_url_that_leads_nowhere_is_said_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        async with open_database(Settings(database=url), SystemClock()):
            pass

    assert "hunter2" not in str(raised.value)


async def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    url = "postgresql://bridge:hunter2@127.0.0.1:1/bridge"

    with pytest.raises(DataError, match=r"bridge on 127\.0\.0\.1 cannot be used") as raised:
        async with open_database(Settings(database=url), SystemClock()):
            pass

    assert "hunter2" not in str(raised.value)


def test_every_command_on_the_database_works_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        done = command_line.run(*arguments, folder=tmp_path, variables={"BRIDGE_DATABASE": postgres_url})
        assert done.returncode == 0, done.stderr
        return done.stdout

    token = run("token", "create", "--tenant", "paul")
    tokens = json.loads(run("token", "list", "--json"))
    secret = run("webhook-secret", "show")
    rotated = json.loads(run("keys", "rotate", "--json"))
    keys = json.loads(run("keys", "list", "--json"))

    assert token.strip()
    assert [each["tenant"] for each in tokens] == ["paul"]
    assert secret.startswith("whsec_")
    assert rotated["encrypted"] == 1
    assert [key["state"] for key in keys] == ["current"]
    assert run("webhook-secret", "show") == secret
