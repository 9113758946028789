"""The command line, run as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def run(
    *arguments: str, folder: Path, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with no settings but those variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    return subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=folder,
        env=inherited | {"COLUMNS": "200", "NO_COLOR": "1"} | (variables or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
