"""The secret that callbacks are signed with, as a person or a script meets it."""

import json
import queue
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from tests.tools.command_line import new_database, run
from tests.tools.commands import started

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
    new_database(tmp_path)
    first, second = secret(folder=tmp_path), secret("show", folder=tmp_path)

    assert first == second
    assert first.startswith("whsec_")
    assert first.count("\n") == 0


@pytest.mark.thorough
def test_it_is_encrypted_at_rest(tmp_path: Path) -> None:
    new_database(tmp_path)
    made = secret(folder=tmp_path)

    with sqlite3.connect(tmp_path / "data" / "bridge.db") as database:
        ((kept,),) = database.execute("SELECT secret FROM webhook_secrets").fetchall()

    assert made.encode() not in kept
    assert all(made.encode() not in file.read_bytes() for file in (tmp_path / "data").iterdir())


@pytest.mark.thorough
def test_a_rotation_keeps_the_earlier_one_for_a_day(tmp_path: Path) -> None:
    new_database(tmp_path)
    first = secret(folder=tmp_path)

    done = run("webhook-secret", "rotate", folder=tmp_path)

    assert done.stdout.strip() not in ("", first)
    assert done.stderr.startswith("An earlier secret stays valid until 20")
    assert secret(folder=tmp_path) == done.stdout.strip()


@pytest.mark.thorough
def test_the_earlier_one_can_be_dropped_at_once(tmp_path: Path) -> None:
    new_database(tmp_path)
    secret(folder=tmp_path)
    second = secret("rotate", folder=tmp_path)

    done = run("webhook-secret", "drop-old", folder=tmp_path)

    assert (done.stdout.strip(), done.stderr) == (second, "")


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_another_configured_one_takes_over_at_the_next_start(tmp_path: Path) -> None:
    for given in (GIVEN, OTHER):
        (tmp_path / "config.yaml").write_text(f"webhook_secret: {given}\n")
        with started("serve", *FREE, folder=tmp_path) as bridge:
            assert bridge.stop() == 0
    (tmp_path / "config.yaml").unlink()

    done = run("webhook-secret", "show", folder=tmp_path)

    assert done.stdout.strip() == OTHER
    assert done.stderr.count("An earlier secret stays valid until") == 1


class Taker(BaseHTTPRequestHandler):
    """Takes callbacks and keeps them."""

    got: "queue.Queue[tuple[bytes, dict[str, str]]]"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.put((body, dict(self.headers)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def taken() -> Iterator[tuple[str, "queue.Queue[tuple[bytes, dict[str, str]]]"]]:
    Taker.got = queue.Queue()
    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", Taker.got
        server.shutdown()
        thread.join()


@pytest.mark.thorough
def test_a_bridge_that_runs_signs_with_the_new_secret_at_once(
    tmp_path: Path, taken: tuple[str, "queue.Queue[tuple[bytes, dict[str, str]]]"]
) -> None:
    url, got = taken
    wish = {"prompt": "a #moderated cat", "style": "Realistic", "replyUrl": url}
    where = ("--data-dir", "kept", "--database", "kept/sandbox.db")
    with started("sandbox", *FREE, *READY, *where[:2], folder=tmp_path) as sandbox:
        ready = json.loads((tmp_path / "ready.json").read_text())
        new = secret("rotate", *where, folder=tmp_path)
        bearer = {"Authorization": f"Bearer {ready['api_token']}"}
        requests.post(f"{ready['url']}/v1/pixverse/create", json=wish, headers=bearer, timeout=30)
        body, headers = got.get(timeout=30)
        assert sandbox.stop() == 0

    for known in (new, ready["webhook_secret"]):
        assert Webhook(known).verify(body, headers)["status"] == "moderated"


def test_each_tenant_has_its_own(tmp_path: Path) -> None:
    run("token", "create", "--new-database", "--tenant", "acme", folder=tmp_path)

    own, others = secret(folder=tmp_path), secret("--tenant", "acme", folder=tmp_path)
    again = secret("show", "--tenant", "acme", folder=tmp_path, given=GIVEN)
    unknown = run("webhook-secret", "--tenant", "nobody", folder=tmp_path)

    assert own != others == again
    assert unknown.returncode == 2
    assert unknown.stderr.endswith("There is no tenant 'nobody'; tenant list shows all.\n")
