"""The long-running commands, each as a process: what they print, write and leave behind."""

import json
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.tools.command_line import run
from tests.tools.commands import Command, started

FREE = ("--port", "0")
READY = ("--ready-file", "ready.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Command]:
    with started("sandbox", *FREE, *READY, "--video-seconds", "0.1", folder=folder) as command:
        yield command


@pytest.fixture(scope="module")
def ready(sandbox: Command, folder: Path) -> Any:
    return json.loads((folder / "ready.json").read_text())


def test_the_ready_file_of_the_sandbox_has_everything_a_test_needs(sandbox: Command, ready: Any) -> None:
    discord = ready["discord"]

    assert ready["pid"] == sandbox.process.pid
    assert ready["api_token"] == "sandbox"
    assert requests.get(f"{ready['discord_url']}/_sandbox/world", timeout=30).json() == discord
    assert discord["api_url"].endswith("/api")
    assert {"gateway_url", "cdn_url", "guild_id", "channel_id", "application_id", "bot_token"} <= set(discord)
    assert set(discord["accounts"][0]) == {"token", "user_id"}
    assert len(ready["spare_accounts"]) >= 8
    assert all(set(spare) == {"discord", "server", "channel"} for spare in ready["spare_accounts"])
    assert discord["channel_id"] not in {spare["channel"] for spare in ready["spare_accounts"]}


def test_the_sandbox_has_one_account_that_is_connected(ready: Any) -> None:
    accounts = requests.get(
        f"{ready['url']}/v1/pixverse/account", headers={"Authorization": "Bearer sandbox"}, timeout=30
    ).json()

    assert list(accounts) == [ready["discord"]["channel_id"]]
    assert accounts[ready["discord"]["channel_id"]]["discord"] == ready["discord"]["accounts"][0]["token"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_printed_curl_line_makes_a_video(sandbox: Command, ready: Any) -> None:
    (line,) = (line for line in sandbox.told.splitlines() if "/v1/pixverse/create" in line)

    answer = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True, timeout=90)

    assert ready["url"] in line
    assert json.loads(answer.stdout)["status"] in {"started", "progress", "completed"}


def test_nothing_secret_is_in_the_log_of_the_sandbox(sandbox: Command, ready: Any) -> None:
    log = sandbox.log.read_text()

    assert "account_started" in log
    assert not any(account["token"] in log for account in ready["discord"]["accounts"])


@pytest.mark.thorough
def test_the_simulator_runs_alone(tmp_path: Path) -> None:
    with started("sandbox-discord", *FREE, *READY, "--accounts", "3", folder=tmp_path) as command:
        ready = json.loads((tmp_path / "ready.json").read_text())

        assert ready["url"] == ready["discord_url"]
        assert requests.get(f"{ready['url']}/_sandbox/world", timeout=30).json() == ready["discord"]
        assert len(ready["spare_accounts"]) == 2
        assert ready["url"] in command.told
        assert ready["discord"]["accounts"][0]["token"] in command.told
        assert f"BRIDGE_DISCORD__GATEWAY_URL={ready['discord']['gateway_url']}" in command.told
        assert command.stop() == 0


@pytest.mark.thorough
def test_a_token_that_was_made_is_shown_once(tmp_path: Path) -> None:
    with started("serve", *FREE, *READY, folder=tmp_path) as first:
        ready = json.loads((tmp_path / "ready.json").read_text())
        (line,) = (line for line in first.told.splitlines() if "API token" in line)
        token = line.split()[2]
        answer = requests.get(
            f"{ready['url']}/v1/pixverse/jobs", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        assert first.stop() == 0
    with started("serve", *FREE, folder=tmp_path) as second:
        assert second.stop() == 0

    assert answer.json() == []
    assert set(ready) == {"url", "discord_url", "pid"}
    assert ready["discord_url"] == "https://discord.com"
    assert "API token" not in second.told
    assert token not in first.log.read_text() + second.log.read_text()


@pytest.mark.thorough
def test_a_first_start_that_fails_takes_no_token_along_that_nobody_has_seen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]), folder=tmp_path)
    with started("serve", *FREE, folder=tmp_path) as second:
        assert second.stop() == 0

    assert done.returncode == 4
    assert "API token" in second.told


@pytest.mark.thorough
def test_a_sandbox_with_a_data_directory_starts_again_with_the_same_account_and_jobs(tmp_path: Path) -> None:
    bearer = {"Authorization": "Bearer sandbox"}
    wish = {"prompt": "a cat", "style": "Realistic"}
    with started("sandbox", *FREE, *READY, "--data-dir", "kept", folder=tmp_path) as first:
        url = json.loads((tmp_path / "ready.json").read_text())["url"]
        job = requests.post(f"{url}/v1/pixverse/create", json=wish, headers=bearer, timeout=30).json()
        assert first.stop() == 0
    with started("sandbox", *FREE, *READY, "--data-dir", "kept", folder=tmp_path) as second:
        ready = json.loads((tmp_path / "ready.json").read_text())
        accounts = requests.get(f"{ready['url']}/v1/pixverse/account", headers=bearer, timeout=30).json()
        again = requests.get(
            f"{ready['url']}/v1/pixverse/jobs/", {"jobid": job["jobid"]}, headers=bearer, timeout=30
        ).json()
        assert second.stop() == 0

    assert list(accounts) == [ready["discord"]["channel_id"]]
    assert again["jobid"] == job["jobid"]
    assert again["prompt"] == "a cat"


@pytest.mark.parametrize("command", ["serve", pytest.param("sandbox", marks=pytest.mark.thorough)])
def test_a_taken_address_is_one_line_and_exit_code_4(command: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        done = run(command, "--port", port, folder=tmp_path, variables={"BRIDGE_LOG__LEVEL": "error"})

    assert done.returncode == 4
    assert done.stderr.startswith("error: ")
    assert port in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["serve", "sandbox-discord"])
def test_an_address_of_another_machine_is_one_sentence(command: str, tmp_path: Path) -> None:
    done = run(command, "--host", "192.0.2.1", "--port", "0", folder=tmp_path)

    assert done.returncode == 4
    assert done.stderr.lower().endswith("cannot listen on 192.0.2.1:0: cannot assign requested address.\n")


@pytest.mark.parametrize("command", ["serve", pytest.param("sandbox", marks=pytest.mark.thorough)])
def test_a_data_directory_that_cannot_be_made_is_one_line_and_exit_code_3(
    command: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    done = run(
        command, *FREE, "--data-dir", "file/data", folder=tmp_path, variables={"BRIDGE_LOG__LEVEL": "error"}
    )

    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
