"""Commands for accounts and callbacks, against a sandbox."""

from pathlib import Path
from typing import Any

import pytest

from bridge.cli.client.outcomes import ExitCode
from tests.command_line.conftest import Call, Done

LIMIT = 300
"""How often something is asked for that comes by itself."""


@pytest.fixture
def spare(ask: Call, sandbox: Any, tmp_path: Path) -> Any:
    """An account that was added by the command line, and is removed in the end."""
    spare = sandbox["spare_accounts"][0]
    secret = tmp_path / "discord.txt"
    secret.write_text(spare["discord"] + "\n")
    arguments = ("--server", spare["server"], "--max-jobs", "2", "--discord-file", str(secret))
    done = ask("accounts", "add", spare["channel"], *arguments)
    assert (done.code, done.out) == (0, f"Account {spare['channel']} is saved and being connected.\n")
    yield spare
    ask("accounts", "remove", spare["channel"])


def test_an_account_is_added_and_listed_and_its_token_is_never_shown(ask: Call, spare: Any) -> None:
    listed = {row["channel"]: row for row in ask("accounts", "list", "--json").lines}
    shown = ask("accounts", "show", spare["channel"])
    as_json = ask("accounts", "show", spare["channel"], "--json")

    assert listed[spare["channel"]]["maxJobs"] == 2
    assert as_json.json["server"] == spare["server"]
    assert "…secured…" in shown.out
    assert spare["discord"] not in shown.out + as_json.out


def test_a_paused_account_takes_no_jobs_until_it_is_resumed(ask: Call, spare: Any) -> None:
    channel = spare["channel"]

    paused = ask("accounts", "pause", channel)
    refused = ask("create", "a cat", "--channel", channel)
    resumed = ask("accounts", "resume", channel)
    taken = ask("create", "a cat", "--channel", channel, "--wait", "--json")

    assert (paused.code, resumed.code) == (0, 0)
    assert (refused.code, refused.out) == (ExitCode.CONFLICT, "")
    assert f"Account {channel} is paused" in refused.err
    assert (taken.json["channel"], taken.json["status"]) == (channel, "completed")


def test_an_account_that_was_removed_is_not_found(ask: Call, spare: Any) -> None:
    removed = ask("accounts", "remove", spare["channel"], "--json")
    again = ask("accounts", "remove", spare["channel"])

    assert removed.json == {"channel": spare["channel"], "removed": True}
    assert again.code == ExitCode.NOT_FOUND


def test_health_ends_with_a_code_of_its_own_while_an_account_is_not_connected(
    ask: Call, sandbox: Any, tmp_path: Path
) -> None:
    spare = sandbox["spare_accounts"][1]
    add = ("accounts", "add", spare["channel"], "--server", spare["server"], "--discord-file", "-")
    good = ask("health")
    ask(*add, stdin=f"{spare['discord'][:-4]}AAAA")

    bad = next(told for _ in range(LIMIT) if "bad_token" in (told := ask("health")).out)
    ask("accounts", "remove", spare["channel"])

    assert (good.code, bad.code) == (0, ExitCode.UNHEALTHY)
    assert good.out.splitlines()[1].split()[1] == "connected"
    assert spare["channel"] in bad.out
    assert "Discord refused the token (401). Log in to Discord" in bad.out
    assert "pixverse-bridge accounts add CHANNEL --server ID posts an account again" in bad.err


def test_a_discord_token_is_not_asked_for_without_a_terminal(ask: Call) -> None:
    done = ask("accounts", "add", "123456789012345678", "--server", "123456789012345678")

    assert done.code == 2
    assert done.err == "error: The Discord token is missing: give --discord-file FILE, or - for stdin\n"


def test_callbacks_are_listed_and_sent_again(ask: Call) -> None:
    job = ask("create", "a cat", "--reply-url", "http://127.0.0.1:9/hook", "--wait", "--json").json["jobid"]

    found = until_attempted(ask, job)
    table = ask("deliveries", "--job", job).out.splitlines()
    again = ask("redeliver", job)

    assert (found["state"], found["url"]) == ("pending", "http://127.0.0.1:9/hook")
    assert [line.split()[0] for line in table] == ["job", job]
    assert again.out == "1 callback is sent again.\n"
    assert ask("redeliver", "nobody").code == ExitCode.NOT_FOUND


def until_attempted(ask: Call, job: str) -> Any:
    done: Done | None = None
    for _ in range(LIMIT):
        done = ask("deliveries", "--job", job, "--json")
        if done.lines and done.lines[0]["attempts"]:
            return done.lines[0]
    raise AssertionError(done)
