"""The command line as a person or a script meets it."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli.announce import create_line, events_line
from bridge.cli.ready import clear_ready_file, write_ready_file
from bridge.errors import DataError
from tests.tools.command_line import run

TOKEN = "abc-secret-of-a-user-xyz"
ACCOUNT = {"discord": TOKEN, "server": "111111111111111111", "channel": "222222222222222222", "maxJobs": 3}


def test_the_version_is_printed(tmp_path: Path) -> None:
    done = run("--version", folder=tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("pixverse-bridge 0.")


def test_help_loads_neither_the_session_library_nor_a_web_server(tmp_path: Path) -> None:
    look = "import sys, bridge.cli; print({'aiohttp', 'discord', 'pydantic'} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", look], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=90
    )

    assert done.stdout == "set()\n"


RUNNING = ["serve", "sandbox", "sandbox-discord", "record"]
ONE_RUN = ["init", "check", "explain", "webhook-secret", "token create", "token list", "token revoke"]
ONE_RUN += ["tenant list", "tenant remove", "keys list", "keys rotate", "machines"]
WHERE = {"BRIDGE_CONFIG", "BRIDGE_DATA_DIR", "BRIDGE_DATABASE"}


@pytest.mark.parametrize("command", RUNNING)
def test_every_option_of_a_bridge_names_its_variable(command: str, tmp_path: Path) -> None:
    page = run(*command.split(), "--help", folder=tmp_path).stdout

    options = [line for line in page.splitlines() if line.lstrip("│* ").startswith("--")]
    options = [line for line in options if not line.lstrip("│* ").startswith("--help")]
    assert options
    assert page.count("environment BRIDGE_") == len(options)
    assert all(f" {code} " in page.partition("Exit codes:")[2] for code in range(6))


@pytest.mark.parametrize("command", ONE_RUN)
def test_a_variable_tells_a_single_run_only_where_the_data_is(command: str, tmp_path: Path) -> None:
    page = run(*command.split(), "--help", folder=tmp_path).stdout

    assert set(re.findall(r"BRIDGE_\w+", page.partition("─ Options")[2])) <= WHERE
    assert all(f" {code} " in page.partition("Exit codes:")[2] for code in range(6))


@pytest.mark.parametrize("command", ["", "check", "tenant remove", "token", "explain"])
def test_a_switch_has_no_type_in_help(command: str, tmp_path: Path) -> None:
    page = run(*command.split(), "--help", folder=tmp_path).stdout

    assert "--help" in page
    assert "<bool>" not in page


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_a_terminal_that_lacks_a_character_is_given_an_escape(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        json.dumps({"data_dir": "d\udcff", "bot": {"buttons": {"U1": "猫"}}})
    )

    done = run("check", folder=tmp_path, variables={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})

    assert (done.returncode, done.stderr) == (0, "")
    assert ("\\u732b" in done.stdout) == (encoding != "utf-8")
    assert "d\\udcff" in done.stdout


def test_check_says_what_would_be_done_and_where_values_come_from(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(json.dumps({"accounts": [ACCOUNT], "data_dir": "here"}))

    done = run("check", folder=tmp_path, variables={"BRIDGE_SERVER__PORT": "0", "BRIDGE_API_TOKEN": TOKEN})

    assert done.returncode == 0
    assert "127.0.0.1:a free port" in done.stdout
    assert str(tmp_path / "here") in done.stdout
    assert "(environment BRIDGE_SERVER__PORT)" in done.stdout
    assert "(config.yaml: data_dir)" in done.stdout
    assert "(default)" not in done.stdout
    assert "--all shows them" in done.stdout
    assert "channel 222222222222222222, server 111111111111111111, maxJobs 3" in done.stdout
    assert "abc…secured…xyz" in done.stdout
    assert TOKEN not in done.stdout + done.stderr


def test_check_shows_defaults_when_asked_for_all(tmp_path: Path) -> None:
    done = run("check", "--all", folder=tmp_path)

    assert done.returncode == 0
    assert "jobs.patience_s" in done.stdout
    assert "(default)" in done.stdout
    assert "--all shows them" not in done.stdout


def test_check_hides_passwords_in_addresses(tmp_path: Path) -> None:
    variables = {
        "BRIDGE_DISCORD__PROXY": f"http://me:{TOKEN}@proxy:1",
        "BRIDGE_DATABASE": f"postgresql://me:{TOKEN}@host/db",
    }

    done = run("check", folder=tmp_path, variables=variables)

    assert done.returncode == 0
    assert TOKEN not in done.stdout + done.stderr


def test_check_reads_the_key_file(tmp_path: Path) -> None:
    done = run("check", folder=tmp_path, variables={"BRIDGE_SECRET_KEY_FILE": "none.key"})

    told = "error: The key file none.key (secret_key_file) cannot be read: No such file or directory.\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", told)


def test_check_tells_all_mistakes_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "server: {port: abc, prot: 1}\nlog: 5\ndata_dir: d\nsecret_key_file: none.key\n"
        "accounts: [{discord: x, server: 1, channel: 2, maxJobs: 11}]"
    )
    variables = {"BRIDGE_API_TOKEN": "sandbox", "BRIDGE_JOBS__PACE_S": "-1", "BRIDGE_JOBS__PACES": "1"}

    done = run("check", folder=tmp_path, variables=variables)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: config.yaml: log: is a section with the keys level, format, access",
        "error: config.yaml: server.prot: is not a known key, did you mean server.port?",
        "error: config.yaml: server.port: 'abc' is not a whole number",
        "error: config.yaml: accounts[0].server: '1' is not a Discord id of 17 to 20 digits",
        "error: config.yaml: accounts[0].channel: '2' is not a Discord id of 17 to 20 digits",
        "error: config.yaml: accounts[0].maxJobs: 11 is more than 10",
        "error: environment BRIDGE_JOBS__PACE_S: '-1' is less than 0",
        "error: environment BRIDGE_API_TOKEN: is the token of the sandbox, which everyone knows",
        "error: The key file none.key (secret_key_file) cannot be read: No such file or directory.",
        "note: environment BRIDGE_JOBS__PACES is not a known variable, did you mean BRIDGE_JOBS__PACE_S?",
    ]


def test_check_names_the_variables_that_are_not_read(tmp_path: Path) -> None:
    done = run("check", folder=tmp_path, variables={"BRIDGE_PORT": "tcp://10.0.0.1:80"})

    assert done.returncode == 0
    assert "environment BRIDGE_PORT is not a known variable\n" in done.stdout


def test_a_start_logs_the_variables_that_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no directory: nothing is started")

    done = run("serve", folder=tmp_path, variables={"BRIDGE_SERVICE_HOST": "10.0.0.1"})

    [line] = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert (line["event"], line["name"], line["level"]) == (
        "variable_was_not_read",
        "BRIDGE_SERVICE_HOST",
        "warning",
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "--config", "no.yaml"], "error: no.yaml: cannot be read: No such file or directory\n"),
        (["serve", "--port", "abc"], "error: --port: 'abc' is not a whole number\n"),
        (["sandbox", "--port", "70000"], "error: --port: '70000' is more than 65535\n"),
    ],
)
def test_a_bad_setting_is_one_line_and_exit_code_2(
    arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    done = run(*arguments, folder=tmp_path)

    assert (done.returncode, done.stderr, done.stdout) == (2, sentence, "")


def test_the_ready_file_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("an earlier start's")

    write_ready_file(path, {"url": "http://x"})

    assert json.loads(path.read_text()) == {"url": "http://x", "pid": os.getpid()}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_ready_file_of_an_earlier_start_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.touch()

    clear_ready_file(path)
    clear_ready_file(path)

    assert not path.exists()


def test_a_ready_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written: No such file or directory"):
        write_ready_file(tmp_path / "missing" / "ready.json", {})


def test_the_printed_lines_survive_a_token_that_a_shell_would_read() -> None:
    token = "a'b$c"

    for line in (create_line("http://x", token), events_line("http://x", token)):
        told = subprocess.run(
            ["sh", "-c", f"curl() {{ printf '%s\\n' \"$@\"; }}\n{line}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"Authorization: Bearer {token}" in told.stdout.splitlines()
