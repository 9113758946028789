"""`token` and `tenant` as a person or a script meets them."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.access.token_text import is_token, new_token
from bridge.app.foundation import shared_database
from bridge.cli import tenants, tokens
from bridge.cli.keys import list_keys, rotate_keys
from bridge.cli.start import Command
from bridge.cli.tokens import NewToken
from bridge.cli.webhook_secret import SecretAction, webhook_secret
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataError, TenantInUse
from bridge.logs import Redactor
from bridge.store.rows import jobs, removals
from bridge.store.rows.accounts import Accounts
from tests.tools.command_line import new_database, run
from tests.tools.commands import started
from tests.tools.jobs import new_job
from tests.tools.rows import an_account
from tests.tools.vaults import a_vault

REDACTOR = Redactor(SystemClock())
ALL = ["jobs:read", "jobs:write", "accounts:read", "accounts:write", "secrets:read"]


def create(*arguments: str, folder: Path) -> Any:
    done = run("token", "create", "--json", "--new-database", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed(folder: Path) -> list[Any]:
    done = run("token", "list", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    new_database(tmp_path)
    return Settings(data_dir=tmp_path / "data")


Say = Callable[[Command], str]


@pytest.fixture
def say(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Say:
    """Return what a command prints, run in this process."""

    def run_here(command: Command) -> str:
        capsys.readouterr()
        asyncio.run(command(settings))
        return capsys.readouterr().out

    return run_here


def test_a_token_is_shown_once_and_kept_as_its_digest(tmp_path: Path) -> None:
    given = ("--tenant", "acme", "--expires", "90d", "--scope", "jobs:write", "--scope", "jobs:read")

    made = create(*given, folder=tmp_path)

    assert made.keys() == {"id", "token", "tenant", "scopes", "expires"}
    assert (made["tenant"], made["scopes"]) == ("acme", ["jobs:read", "jobs:write"])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["expires"])
    assert is_token(made["token"])
    assert all(made["token"].encode() not in file.read_bytes() for file in (tmp_path / "data").iterdir())
    with sqlite3.connect(tmp_path / "data" / "bridge.db") as database:
        [(kept,)] = database.execute("SELECT digest FROM api_tokens").fetchall()
    assert kept == sha256(made["token"].encode()).hexdigest()


def test_a_variable_that_is_left_over_changes_nothing_about_a_token(tmp_path: Path) -> None:
    left = {"BRIDGE_TOKEN_SCOPE": "jobs:read", "BRIDGE_TOKEN_EXPIRES": "6s"}

    done = run(
        *("token", "create", "--json", "--new-database", "--tenant", "acme"), folder=tmp_path, variables=left
    )

    made = json.loads(done.stdout)
    assert (made["scopes"], made["expires"]) == (ALL, None)
    assert done.stderr.count("variable_was_not_read") == 2


@pytest.mark.parametrize(
    "command",
    [
        tokens.listing(as_json=True),
        tokens.revoking("3f9a01c7"),
        tenants.listing(as_json=False),
        tenants.removing("acme", is_forced=True),
        lambda settings: list_keys(settings, REDACTOR, as_json=True),
        lambda settings: rotate_keys(settings, REDACTOR, as_json=True, is_dropping=False),
        lambda settings: webhook_secret(settings, REDACTOR, SecretAction.SHOW, "default"),
    ],
    ids=["token list", "token revoke", "tenant list", "tenant remove", "keys list", "keys rotate", "secret"],
)
def test_a_mistyped_directory_is_refused_and_not_made(command: Command, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "typo")

    with pytest.raises(DataError) as refused:
        asyncio.run(command(settings))

    assert str(refused.value) == (
        f"There is no database in {tmp_path}/typo. Is --data-dir (or --config) right? "
        "The first start of a bridge makes it: pixverse-bridge serve."
    )
    assert not settings.data_dir.exists()


def test_a_mistyped_database_is_refused(tmp_path: Path) -> None:
    done = run("token", "list", "--database", "typo.db", folder=tmp_path)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "error: There is no database typo.db. Is --database (or --config) right? "
        "The first start of a bridge makes it: pixverse-bridge serve.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_first_token_says_which_database_is_made_for_it(tmp_path: Path) -> None:
    arguments = ("token", "create", "--tenant", "acme")
    refused = run(*arguments, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []

    first, second = (run(*arguments, "--new-database", folder=tmp_path) for _ in range(2))

    assert (refused.returncode, first.returncode, second.returncode) == (3, 0, 0)
    assert first.stderr.startswith("Created a new database: data/bridge.db\n")
    assert "database" not in second.stderr


def test_a_list_tells_everything_but_the_token(say: Say) -> None:
    wanted = NewToken(tenant="acme", jobs_per_day=3, streams=2)
    made = json.loads(say(tokens.creating(wanted, as_json=True)))

    [one] = json.loads(say(tokens.listing(as_json=True)))
    plain = say(tokens.listing(as_json=False))

    assert (one["id"], one["tenant"], one["scopes"], one["state"]) == (made["id"], "acme", ALL, "active")
    assert (one["last_used"], one["expires"], one["streams"], one["jobs_per_day"]) == (None, None, 2, 3)
    assert one["requests_per_minute"] is None
    assert "token" not in one
    assert made["token"] not in plain
    assert re.search(rf"{made['id']}  acme    active .* all     3 jobs per day, 2 streams\n", plain)


def test_without_json_only_the_token_goes_to_stdout(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(tokens.creating(NewToken(tenant="acme"), as_json=False)(settings))

    out, err = capsys.readouterr()
    assert is_token(out.removesuffix("\n"))
    assert re.fullmatch(
        r"Token [0-9a-f]{8} of tenant acme \(new tenant\): all scopes, does not expire\. "
        r"It is not shown again\.\n",
        err,
    )


def test_what_the_token_may_do_and_until_when_is_told_beside_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    limited = NewToken(tenant="acme", scopes=("jobs:write", "jobs:read"), expires="90d")
    asyncio.run(tokens.creating(NewToken(tenant="acme"), as_json=False)(settings))
    capsys.readouterr()

    asyncio.run(tokens.creating(limited, as_json=False)(settings))

    told = (
        r"Token \S+ of tenant acme: jobs:read jobs:write, expires 20\d\d-\d\d-\d\d \d\d:\d\d UTC\. It is .*\n"
    )
    assert re.fullmatch(told, capsys.readouterr().err)


def test_a_revoked_token_stays_in_the_list(say: Say) -> None:
    made = json.loads(say(tokens.creating(NewToken(tenant="acme"), as_json=True)))

    told = [say(tokens.revoking(made["id"])) for _ in range(2)]

    assert told == [f"Token {made['id']} of tenant acme is revoked.\n"] * 2
    assert [one["state"] for one in json.loads(say(tokens.listing(as_json=True)))] == ["revoked"]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: tokens.revoking("nobody"), "There is no token with the id 'nobody'"),
        (
            lambda: tokens.creating(NewToken(tenant="a b"), as_json=True),
            "--tenant: 'a b' is not a valid name: use 1",
        ),
        (
            lambda: tokens.creating(NewToken(tenant=""), as_json=True),
            "--tenant: '' is not a valid name: use 1",
        ),
        (lambda: tokens.revoking(new_token()), "That is a token, not its id: token list shows ids."),
        (lambda: tokens.creating(NewToken(tenant="a", scopes=("jobs",)), as_json=True), "--scope: 'jobs' is"),
        (lambda: tokens.creating(NewToken(tenant="a", expires="soon"), as_json=True), "--expires: 'soon' is"),
        (lambda: tenants.removing("nobody", is_forced=False), "There is no tenant 'nobody'"),
        (lambda: tenants.removing("default", is_forced=True), "The tenant default cannot be removed"),
    ],
)
def test_a_bad_option_is_one_sentence(settings: Settings, made: Callable[[], Command], told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        asyncio.run(made()(settings))

    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_an_unknown_id_is_an_exit_code(tmp_path: Path) -> None:
    new_database(tmp_path)

    done = run("token", "revoke", "nobody", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: There is no token with the id 'nobody'; token list shows all.\n"


def test_tenants_are_listed_and_removed(say: Say) -> None:
    for tenant in ("acme", "beta", "acme"):
        say(tokens.creating(NewToken(tenant=tenant), as_json=True))

    before = json.loads(say(tenants.listing(as_json=True)))
    removed = say(tenants.removing("acme", is_forced=False))
    after = say(tenants.listing(as_json=False)).splitlines()

    assert before == [
        {"name": "acme", "state": "active", "active_tokens": 2, "accounts": 0, "running_jobs": 0},
        {"name": "beta", "state": "active", "active_tokens": 1, "accounts": 0, "running_jobs": 0},
    ]
    assert removed == "Tenant acme is removed.\n"
    assert [line.split()[0] for line in after] == ["name", "beta"]
    assert [one["tenant"] for one in json.loads(say(tokens.listing(as_json=True)))] == ["beta"]


async def test_a_tenant_whose_removal_was_interrupted_is_listed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shared_database(settings) as database:
        await database.write(lambda tx: removals.begin(tx, "acme"))

    await tenants.listing(as_json=True)(settings)

    [one] = json.loads(capsys.readouterr().out)
    assert (one["name"], one["state"]) == ("acme", "being removed")


def test_who_tries_to_create_a_tenant_is_told_how(tmp_path: Path) -> None:
    done = run("tenant", "create", "acme", folder=tmp_path)

    told = "error: A tenant is created with its first token: pixverse-bridge token create --tenant acme\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


async def test_a_tenant_with_running_jobs_is_removed_only_by_force(settings: Settings) -> None:
    accounts = Accounts(a_vault())
    async with shared_database(settings) as database:
        await database.write(lambda tx: an_account(tx, accounts, tenant="acme"))
        await database.write(lambda tx: jobs.insert(tx, replace(new_job(1), tenant="acme")))

    with pytest.raises(TenantInUse, match="acme has 1 running job: wait"):
        await tenants.removing("acme", is_forced=False)(settings)

    await tenants.removing("acme", is_forced=True)(settings)


def test_commands_work_beside_a_bridge_that_runs(tmp_path: Path) -> None:
    with started("serve", "--port", "0", "--ready-file", "ready.json", folder=tmp_path) as bridge:
        url = json.loads((tmp_path / "ready.json").read_text())["url"] + "/v1/pixverse/jobs"
        made = create("--tenant", "acme", folder=tmp_path)
        opened = requests.get(url, headers={"Authorization": f"Bearer {made['token']}"}, timeout=30)
        assert run("token", "revoke", made["id"], folder=tmp_path).returncode == 0
        first = listed(tmp_path)
        closed = requests.get(url, headers={"Authorization": f"Bearer {made['token']}"}, timeout=30)
        assert bridge.stop() == 0

    assert (opened.status_code, closed.status_code) == (200, 401)
    assert "revoked" in closed.headers["WWW-Authenticate"]
    assert [one["tenant"] for one in first] == ["default", "acme"]
    assert made["token"] not in bridge.told + bridge.log.read_text()
    assert [one["last_used"] is None for one in listed(tmp_path)] == [True, False]
