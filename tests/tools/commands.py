"""Commands that run until they are told to stop, as processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.tools.python_path import python_path


@dataclass(frozen=True)
class Command:
    """A command that is ready, and what it has printed until then."""

    process: subprocess.Popen[str]
    told: str
    log: Path

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=90)
        return self.process.returncode


@contextmanager
def started(*arguments: str, folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[Command]:
    """Run a command from the moment it says that it is ready."""
    log = folder / "log.txt"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "bridge", *arguments],
            cwd=folder,
            env=inherited | dict(variables or {}) | {"PYTHONPATH": python_path()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        try:
            yield Command(process, until_ready(process), log)
        finally:
            process.kill()


def until_ready(process: subprocess.Popen[str]) -> str:
    """Return what is printed up to the line that says so."""
    assert process.stdout is not None
    told = ""
    while "\nReady" not in told and (line := process.stdout.readline()):
        told += line
    return told
