"""The commands in the reference of the API are requests that a bridge takes."""

import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from scripts.site.api_examples import command_for
from scripts.site.api_reference import requests
from tests.tools.pictures import png

REFUSALS: Final = {"000", "400", "401", "403", "405", "408", "409", "415", "422", "429", "500", "502", "503"}
STATUS: Final = "curl --max-time 5 --output answer --write-out %{http_code} -sS"


@pytest.mark.thorough
def test_the_example_of_every_operation_is_a_request_that_the_bridge_takes(
    sandbox: Any, jobid: str, tmp_path: Path
) -> None:
    (tmp_path / "picture.png").write_bytes(png())

    statuses = {
        one["summary"]: status_of(filled(command_for(one), sandbox, jobid), sandbox, tmp_path)
        for one in requests()
    }

    assert len(statuses) > 20
    assert {name: status for name, status in statuses.items() if status in REFUSALS} == {}


def filled(command: str, sandbox: Any, jobid: str) -> str:
    """Return a command with a job and an account that there are, and an address that is on this machine."""
    account = sandbox["spare_accounts"][0]
    values = {
        "MTE5ODU0.GQ1x2y.a1b2c3": account["discord"],
        "1140860020586713128": account["server"],
        "1198543296534728704": account["channel"],
        "01a2242ea224ace169bdf21a18d04af7": jobid,
        "https://example.com/pixverse": sandbox["url"],
    }
    for example, value in values.items():
        command = command.replace(example, value)
    return command.replace("curl -sS", STATUS, 1)


def status_of(command: str, sandbox: Any, folder: Path) -> str:
    """Return the status of the answer; curl does not wait for the end of a stream."""
    variables = {
        "BRIDGE_URL": sandbox["url"],
        "BRIDGE_TOKEN": sandbox["api_token"],
        "PATH": os.environ["PATH"],
    }
    ran = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    return ran.stdout
