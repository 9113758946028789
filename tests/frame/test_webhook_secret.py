"""The secret that callbacks are signed with, as a person or a script meets it."""

import json
import sqlite3
from pathlib import Path

from tests.frame.processes import started
from tests.frame.test_cli import run

GIVEN = "whsec_cmVwbGFjZS10aGVzZS1ieXRlcy1ieS1yYW5kb20tb25lcw=="
OTHER = "whsec_" + "A" * 32
FREE = ("--port", "0")
READY = ("--ready-file", "ready.json")


def secret(*arguments: str, folder: Path, given: str = "") -> str:
    variables = {"BRIDGE_WEBHOOK_SECRET": given, "BRIDGE_LOG__LEVEL": "error"}
    done = run("webhook-secret", *arguments, folder=folder, variables=variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_is_made_once_and_shown_alone(tmp_path: Path) -> None:
    first, second = secret(folder=tmp_path), secret("show", folder=tmp_path)

    assert first == second
    assert first.startswith("whsec_")
    assert first.count("\n") == 0


def test_it_is_encrypted_at_rest(tmp_path: Path) -> None:
    made = secret(folder=tmp_path)

    with sqlite3.connect(tmp_path / "data" / "bridge.db") as database:
        ((kept,),) = database.execute("SELECT secret FROM webhook_secrets").fetchall()

    assert made.encode() not in kept
    assert all(made.encode() not in file.read_bytes() for file in (tmp_path / "data").iterdir())


def test_a_rotation_keeps_the_earlier_one_for_a_day(tmp_path: Path) -> None:
    first = secret(folder=tmp_path)

    done = run("webhook-secret", "rotate", folder=tmp_path)

    assert done.stdout.strip() not in ("", first)
    assert done.stderr.startswith("An earlier secret signs too until 20")
    assert secret(folder=tmp_path) == done.stdout.strip()


def test_the_earlier_one_can_be_dropped_at_once(tmp_path: Path) -> None:
    secret(folder=tmp_path)
    second = secret("rotate", folder=tmp_path)

    done = run("webhook-secret", "drop-old", folder=tmp_path)

    assert (done.stdout.strip(), done.stderr) == (second, "")


def test_a_configured_one_is_shown_and_not_rotated_here(tmp_path: Path) -> None:
    shown = secret(folder=tmp_path, given=GIVEN)
    done = run("webhook-secret", "rotate", folder=tmp_path, variables={"BRIDGE_WEBHOOK_SECRET": GIVEN})

    assert shown == GIVEN
    assert done.returncode == 2
    assert done.stderr.startswith("error: webhook_secret is configured: ")
    assert GIVEN not in done.stderr


def test_a_bad_one_is_one_sentence_without_it(tmp_path: Path) -> None:
    done = run("check", folder=tmp_path, variables={"BRIDGE_WEBHOOK_SECRET": "whsec_dG9vIHNob3J0"})

    sentence = "error: environment BRIDGE_WEBHOOK_SECRET: must be whsec_ and the base64 of 24 to 64 bytes\n"
    assert (done.returncode, done.stderr) == (2, sentence)


def test_it_is_rotated_beside_a_bridge_that_runs_and_stays_out_of_its_log(tmp_path: Path) -> None:
    with started("serve", *FREE, *READY, folder=tmp_path) as bridge:
        first = secret(folder=tmp_path)
        second = secret("rotate", folder=tmp_path)
        assert bridge.stop() == 0

    assert first != second
    assert first not in bridge.told + bridge.log.read_text()


def test_the_ready_file_of_the_sandbox_has_it(tmp_path: Path) -> None:
    with started("sandbox", *FREE, *READY, folder=tmp_path) as sandbox:
        ready = json.loads((tmp_path / "ready.json").read_text())
        assert sandbox.stop() == 0

    assert ready["webhook_secret"].startswith("whsec_")


def test_another_configured_one_takes_over_at_the_next_start(tmp_path: Path) -> None:
    for given in (GIVEN, OTHER):
        (tmp_path / "config.yaml").write_text(f"webhook_secret: {given}\n")
        with started("serve", *FREE, folder=tmp_path) as bridge:
            assert bridge.stop() == 0
    (tmp_path / "config.yaml").unlink()

    done = run("webhook-secret", "show", folder=tmp_path)

    assert done.stdout.strip() == OTHER
    assert done.stderr.count("An earlier secret signs too until") == 1
