"""The blocks of the README and the docs, run in a shell against a bridge and the simulated Discord."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.docs.pages import README, ROOT
from tests.examples.blocks import Block, blocks
from tests.examples.recipes import Run, recipe_of
from tests.tools.commands import started
from tests.tools.python_path import python_path

LIMIT_S: Final = 100
PAGES: Final = sorted({block.page for block in blocks() if isinstance(recipe_of(block), Run)})
FIRST: Final = {"README.md", "docs/real-account.md", "docs/cli.md"}
"""The pages of the first hour. The others are tried by `make thorough`: each starts many commands."""


@pytest.fixture(scope="module")
def variables(sandbox: Any) -> dict[str, str]:
    """What points a bridge at the simulated Discord, and a client at the bridge."""
    discord = sandbox["discord"]
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": python_path(),
        "PYTHONUNBUFFERED": "1",
        "BRIDGE_DISCORD__API_URL": discord["api_url"],
        "BRIDGE_DISCORD__GATEWAY_URL": discord["gateway_url"],
        "BRIDGE_DISCORD__CDN_URL": discord["cdn_url"],
        "BRIDGE_SERVER__PORT": "0",
        "BRIDGE_URL": sandbox["url"],
        "BRIDGE_TOKEN": sandbox["api_token"],
    }


@pytest.fixture(scope="module")
def used(sandbox: Any, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the configuration of the README, in which a bridge has run."""
    folder = tmp_path_factory.mktemp("used")
    account = sandbox["spare_accounts"][0]
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    given = {"the-token-of-your-account": "discord", "1" * 18: "server", "2" * 18: "channel"}
    for word, name in given.items():
        example = example.replace(word, account[name])
    (folder / "config.yaml").write_text(example)
    (folder / "ready.json").write_text(json.dumps(sandbox))
    with started("serve", folder=folder, variables=variables) as bridge:
        assert bridge.stop() == 0
    return folder


@pytest.fixture
def here(used: Path, tmp_path: Path) -> Path:
    """A copy of that directory, for one page."""
    folder = tmp_path / "here"
    shutil.copytree(used, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture
def values(sandbox: Any, jobid: str) -> dict[str, str]:
    own, other = sandbox["spare_accounts"][:2]
    known = {"url": sandbox["url"], "token": sandbox["api_token"], "jobid": jobid}
    return {**sandbox["discord"], **known, **other, "own_channel": own["channel"]}


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    server = request.getfixturevalue("postgres")
    with server.database() as one, server.database() as other:
        yield {"database": one, "owned_database": other}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "page", [page if page in FIRST else pytest.param(page, marks=pytest.mark.thorough) for page in PAGES]
)
def test_the_blocks_of_a_page_run(
    page: str, here: Path, values: dict[str, str], variables: dict[str, str], request: pytest.FixtureRequest
) -> None:
    if page == "docs/postgresql.md":
        values |= request.getfixturevalue("databases")

    for block in blocks():
        recipe = recipe_of(block)
        if block.page == page and isinstance(recipe, Run):
            told = run(block, recipe, here, values, variables)
            assert recipe.until in told, f"{block}: {told}"


def run(
    block: Block, recipe: Run, folder: Path, values: Mapping[str, str], variables: Mapping[str, str]
) -> str:
    """Run a block to its end, or until it has printed what it waits for, and return what it printed."""
    program = sys.executable if block.language == "python" else "sh"
    if recipe.python:
        program = str(ROOT / recipe.python)
        if not Path(program).exists():
            pytest.skip(f"{recipe.python} is not there")
    script = folder / "block"
    script.write_text(filled(block, recipe, values))
    with running([program, str(script)], folder, variables) as process:
        told = printed(process, recipe.until)
    assert recipe.until or process.returncode == 0, f"{block} ended with {process.returncode}: {told}"
    return told


def filled(block: Block, recipe: Run, values: Mapping[str, str]) -> str:
    """Return the code of a block with the values that a reader would put in."""
    code = block.code
    for word, value in {"http://127.0.0.1:8080": "{url}", **recipe.replaced}.items():
        assert word in code or word.startswith("http://"), f"{block}: {word} is not in it"
        code = code.replace(word, value.format_map(values))
    return "\n".join(["set -eu", recipe.before, code, recipe.after]) if block.language == "sh" else code


@contextmanager
def running(
    command: list[str], folder: Path, variables: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Run a command with all that it starts, and stop them in the end."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables) | {"HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    timer = threading.Timer(LIMIT_S, signal_to, (process, signal.SIGKILL))
    timer.start()
    try:
        yield process
    finally:
        signal_to(process, signal.SIGTERM)
        process.communicate()
        timer.cancel()


def printed(process: subprocess.Popen[str], until: str) -> str:
    """Return what a process prints up to a text, or to its end."""
    assert process.stdout is not None
    told = ""
    while not (until and until in told) and (line := process.stdout.readline()):
        told += line
    if not until:
        process.wait()
    return told


def signal_to(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a process and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
