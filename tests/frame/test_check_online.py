"""`check --online`: what a start needs is tried, and what fails is told with what to do."""

import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import typer

from bridge.app.foundation import held
from bridge.cli.online import ACCOUNT_FAILED, try_everything
from bridge.config.overrides import Overrides
from bridge.config.settings import ConfiguredAccount, Discord, Server, Settings
from bridge.config.verb_rows import CommandRow
from bridge.errors import DataError
from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.tools.command_line import new_database

NOBODYS = "999999999999999999"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(SandboxOptions(accounts=2)) as running:
        yield running


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    world = sandbox.world()
    addresses = {name: world[name] for name in ("api_url", "gateway_url", "cdn_url")}
    account = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
    }
    return Settings(
        data_dir=tmp_path / "data",
        server=Server(port=0),
        discord=Discord(**addresses),
        accounts=(ConfiguredAccount(**account),),
    )


def with_account(settings: Settings, **change: str) -> Settings:
    account = settings.accounts[0]
    values: dict[str, Any] = {
        "discord": account.discord,
        "server": account.server,
        "channel": account.channel,
    }
    return settings.model_copy(update={"accounts": (ConfiguredAccount(**(values | change)),)})


async def failure(settings: Settings) -> int:
    with pytest.raises(typer.Exit) as ended:
        await try_everything(settings)
    return ended.value.exit_code


async def test_all_that_works_is_told_and_nothing_is_changed_or_sent(
    settings: Settings, sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await try_everything(settings)

    told = capsys.readouterr().out
    assert [line.split()[:2] for line in told.splitlines() if "✓" in line] == [
        ["✓", f"{what}:"]
        for what in (
            "directory",
            "port",
            "database",
            "token",
            "server",
            "channel",
            "permissions",
            "history",
            "uploads",
            "commands",
        )
    ]
    assert "✗" not in told
    assert settings.accounts[0].discord.get_secret_value() not in told
    assert os.listdir(tmp_path) == []
    assert await journal(sandbox) == []


@pytest.mark.parametrize("content", [b"no database at all", bytes(range(256)) * 32])
async def test_a_file_that_is_no_database_is_told_before_a_start_ends_there(
    settings: Settings, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "bridge.db").write_bytes(content)

    code = await failure(settings)

    told = capsys.readouterr().out
    assert code == DataError.exit_code
    assert "✗ database: " in told
    assert "bridge.db cannot be used: file is not a database" in told


async def test_a_database_of_a_newer_version_is_told_before_a_start_ends_there(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_database(tmp_path)
    with closing(sqlite3.connect(settings.data_dir / "bridge.db")) as connection:
        connection.execute("PRAGMA user_version = 9999")

    code = await failure(settings)

    assert code == DataError.exit_code
    assert "made by a newer version of the bridge (schema 9999" in capsys.readouterr().out


async def journal(sandbox: Sandbox) -> Any:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{sandbox.url}/_sandbox/interactions") as answer,
    ):
        return await answer.json()


@pytest.mark.parametrize(
    ("change", "wrong", "remedy"),
    [
        ({"discord": "abc.def.ghi"}, "✗ token: Discord refused the token", "copy its token again"),
        (
            {"channel": NOBODYS},
            f"✗ channel: the account sees no channel or thread with the id {NOBODYS}",
            "correct the id of the channel",
        ),
        (
            {"server": NOBODYS},
            f"✗ server: the account is in no server with the id {NOBODYS}",
            "correct the id of the server",
        ),
    ],
)
async def test_an_account_that_cannot_work_is_told_with_its_remedy(
    change: dict[str, str], wrong: str, remedy: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await failure(with_account(settings, **change)) == ACCOUNT_FAILED

    told = capsys.readouterr().out
    assert wrong in told
    assert remedy in told.partition(wrong)[2].splitlines()[1]


async def test_a_thread_of_another_server_is_told_with_its_own(
    settings: Settings, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await failure(with_account(settings, server=NOBODYS)) == ACCOUNT_FAILED

    assert f"Write {sandbox.world()['guild_id']} as the server" in capsys.readouterr().out


async def test_a_thread_that_may_not_be_read_is_told(
    settings: Settings, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = {
        "fault": "missing_permission",
        "channel_id": settings.accounts[0].channel,
        "missing": "permission",
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{sandbox.url}/_sandbox/faults", json=fault) as answer,
    ):
        assert answer.status < 300

    assert await failure(settings) == ACCOUNT_FAILED

    assert "✗ channel: " in capsys.readouterr().out


async def test_a_command_that_has_another_name_at_the_bot_is_named(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    bot = Overrides(commands={"create": CommandRow(name="imagine")})

    assert await failure(settings.model_copy(update={"bot": bot})) == ACCOUNT_FAILED

    assert "✗ create: /imagine seems to be called /create now\n" in capsys.readouterr().out


async def test_a_discord_that_is_not_reached_is_told_with_its_cause(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = settings.discord.model_copy(update={"api_url": "http://127.0.0.1:1/api"})

    assert await failure(settings.model_copy(update={"discord": nowhere})) == ACCOUNT_FAILED

    assert "✗ token: 127.0.0.1" in capsys.readouterr().out


async def test_a_taken_port_and_a_bad_directory_are_told_each(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        here = {
            "data_dir": tmp_path / "file" / "data",
            "server": Server(port=taken.getsockname()[1]),
            "accounts": (),
        }
        code = await failure(settings.model_copy(update=here))

    told = capsys.readouterr().out
    assert code == 3
    assert "✗ directory: " in told
    assert "✗ port: 127.0.0.1:" in told
    assert "another program already does" in told
    assert "accounts: none in the file" in told


async def test_the_port_of_a_bridge_that_runs_here_is_no_mistake(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_database(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken, held(settings):
        here = {"server": Server(port=taken.getsockname()[1]), "accounts": ()}
        await try_everything(settings.model_copy(update=here))

    assert "✓ port: it is taken, and a bridge runs on this database already\n" in capsys.readouterr().out


async def test_a_postgresql_that_is_not_there_is_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    here = {"database": "postgresql://127.0.0.1:1/bridge", "accounts": ()}

    assert await failure(settings.model_copy(update=here)) == 3

    assert "✗ database: The database bridge on 127.0.0.1 cannot be used" in capsys.readouterr().out
