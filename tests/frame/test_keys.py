"""The secret keys, as a person or a script lists and changes them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.tools.command_line import new_database, run
from tests.tools.commands import started

OLD, NEW = "the old key of sixteen", "the new key of sixteen"
FREE = ("--port", "0")
READY = ("--ready-file", "ready.json")


def keys(folder: Path, *arguments: str, given: str = "") -> Any:
    done = run("keys", *arguments, "--json", folder=folder, variables={"BRIDGE_SECRET_KEY": given})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_key_is_made_listed_and_changed_and_never_printed(tmp_path: Path) -> None:
    new_database(tmp_path)
    made = run("keys", "rotate", folder=tmp_path)
    (listed,) = keys(tmp_path, "list")
    changed = run("keys", "rotate", folder=tmp_path)
    table = run("keys", "list", folder=tmp_path)

    key = (tmp_path / "data" / "secret.key").read_text().strip()
    assert (made.returncode, changed.returncode) == (0, 0), made.stderr + changed.stderr
    assert (listed["state"], listed["source"], listed["secrets"]) == ("current", "data/secret.key", 0)
    assert listed["fingerprint"] in made.stdout
    assert listed["fingerprint"] not in changed.stdout + table.stdout
    assert "current  0        data/secret.key" in table.stdout
    assert made.stdout.startswith("0 secrets are now encrypted with the key ")
    assert key not in made.stdout + changed.stdout + table.stdout


@pytest.mark.thorough
def test_a_wrong_key_refuses_the_start_and_the_list_shows_which_is_missing(tmp_path: Path) -> None:
    new_database(tmp_path)
    secret = run("webhook-secret", folder=tmp_path, variables={"BRIDGE_SECRET_KEY": OLD}).stdout

    refused = run("serve", *FREE, folder=tmp_path, variables={"BRIDGE_SECRET_KEY": NEW})
    listed = keys(tmp_path, "list", given=NEW)

    assert refused.returncode == 3
    assert refused.stderr.startswith("error: Wrong secret key: the database is encrypted with the key ")
    assert [(line["state"], line["secrets"]) for line in listed] == [("current", 1), ("new", 0)]
    assert [line["fingerprint"] in refused.stderr for line in listed] == [True, True]
    assert [line["source"] is None for line in listed] == [True, False]
    assert not any(text in refused.stderr for text in (OLD, NEW, secret.strip()))


@pytest.mark.thorough
def test_a_setting_is_changed_with_both_keys_and_then_needs_the_new_one_alone(tmp_path: Path) -> None:
    new_database(tmp_path)
    secret = run("webhook-secret", folder=tmp_path, variables={"BRIDGE_SECRET_KEY": OLD}).stdout

    alone = run("keys", "rotate", folder=tmp_path, variables={"BRIDGE_SECRET_KEY": OLD})
    done = keys(tmp_path, "rotate", given=f"{NEW},{OLD}")
    again = keys(tmp_path, "rotate", given=f"{NEW},{OLD}")
    after = run("webhook-secret", folder=tmp_path, variables={"BRIDGE_SECRET_KEY": NEW})

    assert alone.returncode == 2
    assert "BRIDGE_SECRET_KEY=NEW,OLD" in alone.stderr
    assert (done["encrypted"], again["encrypted"], done["key"]) == (1, 0, again["key"])
    assert done["source"] == "the setting secret_key (BRIDGE_SECRET_KEY)"
    assert after.stdout == secret


@pytest.mark.thorough
def test_a_secret_that_does_not_decrypt_is_named_and_can_be_given_up(tmp_path: Path) -> None:
    new_database(tmp_path)
    run("webhook-secret", folder=tmp_path)
    with closing(sqlite3.connect(tmp_path / "data" / "bridge.db")) as database, database:
        database.execute("UPDATE webhook_secrets SET secret = CAST(secret || x'00' AS BLOB)")

    refused = run("keys", "rotate", folder=tmp_path)
    done = keys(tmp_path, "rotate", "--drop-unreadable")

    assert refused.returncode == 3
    assert "error: No key decrypts webhook_secrets 1; everything else is encrypted" in refused.stderr
    assert done["unreadable"] == ["webhook_secrets 1"]
    assert run("webhook-secret", folder=tmp_path).stdout.startswith("whsec_")


@pytest.mark.thorough
@pytest.mark.parametrize("variables", [{}, {"BRIDGE_SECRET_KEY": OLD}], ids=["file", "setting"])
def test_a_bridge_that_runs_goes_on_after_a_rotation_and_after_its_next_start(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    where = ("--data-dir", "kept")
    both = {"BRIDGE_SECRET_KEY": f"{NEW},{OLD}"} if variables else {}
    kept = (*where, "--database", "kept/sandbox.db")
    with started("sandbox", *FREE, *READY, *where, folder=tmp_path, variables=variables) as sandbox:
        ready = json.loads((tmp_path / "ready.json").read_text())
        done = run("keys", "rotate", "--json", *kept, folder=tmp_path, variables=both)
        before = accounts(ready)
        spare = ready["spare_accounts"][0]
        posted = requests.post(
            f"{ready['url']}/v1/pixverse/account/{spare['channel']}",
            json={**spare, "maxJobs": 1},
            headers={"Authorization": "Bearer sandbox"},
            timeout=90,
        )
        after = accounts(ready)
        assert sandbox.stop() == 0

    again = {"BRIDGE_SECRET_KEY": NEW} if variables else {}
    with started("sandbox", *FREE, *READY, *where, folder=tmp_path, variables=again) as sandbox:
        restarted = accounts(json.loads((tmp_path / "ready.json").read_text()))
        assert sandbox.stop() == 0
    listed = json.loads(run("keys", "list", "--json", *kept, folder=tmp_path, variables=again).stdout)

    assert done.returncode == 0, done.stderr
    assert (posted.status_code, len(before), len(after)) == (204, 1, 2)
    assert restarted == after
    (line,) = listed
    assert (line["state"], line["secrets"]) == ("current", 3)
    assert line["fingerprint"] == json.loads(done.stdout)["key"]


def accounts(ready: Any) -> Any:
    """Return the accounts with their tokens."""
    bearer = {"Authorization": f"Bearer {ready['api_token']}"}
    return requests.get(f"{ready['url']}/v1/pixverse/account", headers=bearer, timeout=90).json()
