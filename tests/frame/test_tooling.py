"""What surrounds the code: lock files, size limits, the setup script."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-audit.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()

    assert not re.search(r"://|file:|--(?!hash=sha256:[0-9a-f]{64})", text)
    for entry in re.split(r"\n(?=[a-z])", text)[1:]:
        assert re.match(r"[a-z0-9.-]+==[^ ]+ ", entry)
        assert "--hash=" in entry


def test_what_tests_run_with_is_what_a_bridge_runs_with() -> None:
    runtime, development = (pins(name) for name in LOCKS[:2])

    assert runtime.items() <= development.items()
    assert runtime["curl-cffi"].startswith("0.16.")
    assert "hatchling" in runtime


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


NESTED = """
def f():
    if a:
        for b in c:
            while d:
                with e:
                    g()
"""
CHAINED = """
def f():
    if a:
        b()
    elif c:
        d()
    elif e:
        g()
    elif h:
        i()
"""


@pytest.mark.parametrize(
    ("code", "offence"),
    [
        ("x = 1\n" * 401, "401 lines, at most 400"),
        ("def f():\n" + "    x = 1\n" * 31, "f has 31 statements, at most 30"),
        (NESTED, "f is nested 4 deep, at most 3"),
        (CHAINED, ""),
    ],
)
def test_what_has_grown_too_big_is_named(code: str, offence: str, tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text(code)

    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_sizes.py", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip().endswith(offence)
    assert done.returncode == (1 if offence else 0)


def test_a_python_that_is_too_old_is_one_clear_sentence(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    (tmp_path / "scripts").mkdir()
    setup = tmp_path / "scripts" / "setup"
    setup.write_bytes((ROOT / "scripts" / "setup").read_bytes())
    setup.chmod(0o755)

    done = subprocess.run(
        [setup, "requirements.lock"],
        env=os.environ | {"PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("setup: Python 3.11 or newer is needed")
    assert not (tmp_path / ".venv").exists()
