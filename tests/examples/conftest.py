"""A sandbox that the examples of one file share, with a finished job in it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.tools.commands import started


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("sandbox")
    options = ("--port", "0", "--ready-file", "ready.json", "--video-seconds", "0.5")
    with started("sandbox", *options, folder=folder):
        yield json.loads((folder / "ready.json").read_text())


@pytest.fixture(scope="module")
def jobid(sandbox: Any) -> str:
    answer = requests.post(
        f"{sandbox['url']}/v1/pixverse/create",
        json={"prompt": "a cat", "style": "Realistic"},
        headers={"Authorization": f"Bearer {sandbox['api_token']}"},
        timeout=30,
    )
    return completed(sandbox, str(answer.json()["jobid"]))


def completed(sandbox: Any, jobid: str) -> str:
    """Return the job's id when its video is there: its button can be pressed then."""
    stream = requests.get(
        f"{sandbox['url']}/v1/pixverse/events",
        params={"jobid": jobid, "last_event_id": "0"},
        headers={"Authorization": f"Bearer {sandbox['api_token']}"},
        stream=True,
        timeout=30,
    )
    with stream:
        assert any(b'"status":"completed"' in line for line in stream.iter_lines())
    return jobid
