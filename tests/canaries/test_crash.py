"""What a bridge leaves when it dies of an error or of a signal, and what the list of processes says of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.canaries.planting import api_token
from tests.tools.commands import started
from tests.tools.python_path import python_path

CRASHING = """
import os, sys
import bridge.app.bridge
from bridge.cli import main

how = sys.argv[1]
sys.argv = ["pixverse-bridge", "serve", "--port", "0"]

async def connected(self, api_token=os.environ["BRIDGE_API_TOKEN"]):
    if how == "abort":
        os.abort()
    raise RuntimeError(f"no use for {api_token}")

bridge.app.bridge.RunningBridge.connected = connected
main()
"""


@pytest.mark.parametrize("how", ["raise", pytest.param("abort", marks=pytest.mark.thorough)])
def test_a_crash_tells_where_and_no_secret(tmp_path: Path, how: str) -> None:
    secret = api_token()

    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", CRASHING, how],
        cwd=tmp_path,
        env=variables(tmp_path, secret),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == (-signal.SIGABRT if how == "abort" else 1)
    assert "in connected" in done.stderr
    assert secret not in done.stdout + done.stderr


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system has no /proc")
def test_the_list_of_processes_tells_no_secret(tmp_path: Path) -> None:
    secret = api_token()

    with started("serve", "--port", "0", folder=tmp_path, variables=variables(tmp_path, secret)) as bridge:
        tasks = Path(f"/proc/{bridge.process.pid}/task").iterdir()
        told = [(task / name).read_bytes() for task in tasks for name in ("cmdline", "comm")]

    assert len(told) > 2
    assert b"serve" in told[0]
    assert not any(secret.encode() in text for text in told)


def variables(folder: Path, secret: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    own = {"BRIDGE_API_TOKEN": secret, "BRIDGE_DATA_DIR": str(folder / "data"), "BRIDGE_LOG__LEVEL": "debug"}
    return {**inherited, **own, "PYTHONPATH": python_path()}
