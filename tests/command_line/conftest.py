"""Fixtures: a sandbox as a process of its own, and commands that run in this one and talk to it."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import main
from tests.tools.commands import started
from tests.tools.own_verbs import write_own_verbs


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Done]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="session")
def sandbox(place: Path) -> Iterator[Any]:
    """What the ready file says of a sandbox that runs; its data are in `place`, for `token create`.

    It has the verbs of docs/commands.md.
    """
    options = ("--port", "0", "--video-seconds", "0.2", "--data-dir", "data", "--ready-file", "ready.json")
    with started("sandbox", *options, *write_own_verbs(place), folder=place):
        yield json.loads((place / "ready.json").read_text())


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return the function that runs a command here, without a profile and without variables."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("BRIDGE_URL", raising=False)
    monkeypatch.delenv("BRIDGE_TOKEN", raising=False)

    def run(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["pixverse-bridge", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def ask(call: Call, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return the function that runs a command here, against the sandbox."""
    monkeypatch.setenv("BRIDGE_URL", sandbox["url"])
    monkeypatch.setenv("BRIDGE_TOKEN", sandbox["api_token"])
    return call
