"""The bridge runs on uvloop too, where that was chosen and is installed."""

import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.cli.event_loop import maker_of
from bridge.errors import ConfigurationError
from tests.tools.commands import started

LIMIT_S = 30
BEARER = {"Authorization": "Bearer sandbox"}


@pytest.mark.skipif(find_spec("uvloop") is None, reason="uvloop is not installed")
def test_a_job_completes_on_uvloop(tmp_path: Path) -> None:
    chosen = {"BRIDGE_SERVER__EVENT_LOOP": "uvloop"}
    options = ("--port", "0", "--ready-file", "ready.json", "--video-seconds", "0.1")

    with started("sandbox", *options, folder=tmp_path, variables=chosen) as command:
        url = json.loads((tmp_path / "ready.json").read_text())["url"]
        job = ended(url, submitted(url))
        loaded = Path(f"/proc/{command.process.pid}/maps")
        is_used = not loaded.exists() or "uvloop" in loaded.read_text()
        code = command.stop()

    assert (job["status"], is_used, code) == ("completed", True, 0)


def test_uvloop_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)

    with pytest.raises(ConfigurationError, match=r"^server.event_loop is uvloop, and .* is not installed"):
        maker_of("uvloop")


def submitted(url: str) -> str:
    body = {"prompt": "a cat on a skateboard", "style": "Realistic"}
    answer = requests.post(f"{url}/v1/pixverse/create", json=body, headers=BEARER, timeout=LIMIT_S)
    job_id: str = answer.json()["jobid"]
    return job_id


def ended(url: str, job_id: str) -> Any:
    """Return the job when the stream has told its end, or the limit is over."""
    until = time.monotonic() + LIMIT_S
    events = f"{url}/v1/pixverse/events?jobid={job_id}"
    with requests.get(events, headers=BEARER | {"Last-Event-ID": "0"}, stream=True, timeout=LIMIT_S) as lines:
        for line in lines.iter_lines():
            job = json.loads(line.removeprefix(b"data: ")) if line.startswith(b'data: {"jobid') else {}
            if job.get("status") in {"completed", "failed", "moderated"} or time.monotonic() > until:
                return job
    return {}
