"""Where the libraries live, how a script is run in one, and what is missing when it cannot be."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROOMS = ROOT / ".fidelity"


@dataclass(frozen=True)
class Part:
    """A script in a library's folder: its command line and what it needs of the environment."""

    library: str
    command: tuple[str, ...]
    env: dict[str, str]


def part(library: str, script: str) -> Part:
    """Return how a script is run; a test whose library is not installed is skipped, with the reason."""
    found = next(iter((HERE / library).glob(f"{script}.*")))
    if library == "discord_py_self":
        return Part(library, (sys.executable, str(found)), {})
    if found.suffix == ".cjs":
        return _with_node(library, found)
    _need(library)
    return Part(library, (str(ROOMS / library / "bin" / "python"), str(found)), {})


def _with_node(library: str, script: Path) -> Part:
    node = shutil.which("node")
    if node is None:
        pytest.skip(f"{library} needs node, which is not installed")
    _need(library)
    return Part(library, (node, str(script)), {"NODE_PATH": str(ROOMS / library / "node_modules")})


def _need(library: str) -> None:
    if not (ROOMS / library / "made-from").exists():
        pytest.skip(f"{library} is not installed: make fidelity")
