"""What surrounds the code: lock files, size limits, the setup script."""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-audit.lock", "deploy/requirements.lock"]


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


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a directory with an environment that has no packages, and with what makes one."""
    clone = tmp_path / "clone"
    (clone / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", clone)
    shutil.copy(ROOT / "scripts" / "setup", clone / "scripts")
    (clone / "requirements.lock").touch()
    (clone / "pyproject.toml").touch()
    venv.create(clone / ".venv", symlinks=True)
    (clone / ".venv" / "bin" / "pip").write_text(f"#!{clone.resolve()}/.venv/bin/python\n")
    packages = next(clone.glob(".venv/lib/python*/site-packages"))
    (packages / "pip.py").touch()
    (clone / ".venv" / ".runtime").touch()
    return clone


def what_run_does(clone: Path) -> str:
    return subprocess.run(["make", "-n", "run"], cwd=clone, capture_output=True, text=True, check=True).stdout


def test_an_environment_that_works_is_not_made_again(clone: Path) -> None:
    assert "setup" not in what_run_does(clone)


def test_a_renamed_clone_gets_a_new_environment(clone: Path) -> None:
    renamed = clone.rename(clone.with_name("renamed"))

    assert "scripts/setup requirements.lock" in what_run_does(renamed)


def test_a_python_that_is_gone_is_replaced(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(clone / "gone")

    assert "scripts/setup requirements.lock" in what_run_does(clone)


def test_a_python_of_another_version_gets_packages_of_its_own(clone: Path) -> None:
    packages = next(clone.glob(".venv/lib/python*"))
    packages.rename(packages.with_name("python3.10"))

    assert "scripts/setup requirements.lock" in what_run_does(clone)
