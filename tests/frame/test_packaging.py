"""The wheel: all files of the package are in it, it runs, and every place names its version."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PRINTED_BY_THE_WHEEL = """
from importlib.resources import files
import bridge.page.files
import bridge
print(bridge.__file__)
print(files("bridge").joinpath("config", "example.yaml").read_text(), end="")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    run(["uv", "pip", "install", "--offline", "--no-deps", "--target", str(folder), str(wheel)], cwd=folder)
    return folder


def run(command: list[str], cwd: Path, variables: dict[str, str] | None = None) -> str:
    own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(cwd)}
    done = subprocess.run(
        command, cwd=cwd, env=own | (variables or {}), capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode())


def files_of_the_package() -> Iterable[str]:
    for path in (ROOT / "bridge").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield str(path.relative_to(ROOT))


def test_the_wheel_has_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert packed == set(files_of_the_package())
    assert {"bridge/py.typed", "bridge/page/static/index.html", "bridge/config/example.yaml"} <= packed


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    told = metadata(wheel)

    assert (told["Name"], told["License-Expression"]) == ("pixverse-bridge", "MIT")
    assert told["Author"] == re.search(r"\(c\) \d+ (.+)", (ROOT / "LICENSE").read_text())[1]  # type: ignore[index]
    assert told["Description-Content-Type"] == "text/markdown"
    assert told.get_payload() == (ROOT / "README.md").read_text()
    assert {"Typing :: Typed", "Framework :: AsyncIO"} <= set(told.get_all("Classifier", []))
    assert all("https://" in url for url in told.get_all("Project-URL", []))
    assert "LICENSE" in told.get_all("License-File", [])


def test_the_installed_program_is_the_one_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    told = run(
        [str(installed / "bin" / "pixverse-bridge"), "--version"], tmp_path, {"PYTHONPATH": str(installed)}
    )

    assert told == f"pixverse-bridge {PROJECT['version']}\n"


def test_the_example_configuration_comes_with_the_program(installed: Path, tmp_path: Path) -> None:
    told = run([sys.executable, "-c", PRINTED_BY_THE_WHEEL], tmp_path, {"PYTHONPATH": str(installed)})

    code, _, example = told.partition("\n")

    assert Path(code).is_relative_to(installed)
    assert example == (ROOT / "config.example.yaml").read_text()


def test_the_newest_release_of_the_changelog_is_the_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()

    releases = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", changes, re.MULTILINE)

    assert releases[0] == ("Unreleased", "")
    assert releases[1][0] == PROJECT["version"]
    assert all(day for _, day in releases[1:])


def test_all_that_names_the_version_names_the_same() -> None:
    described = json.loads((ROOT / "docs" / "openapi.json").read_text())["info"]["version"]
    image = re.search(
        r"image: pixverse-bridge:(\S+)", (ROOT / "deploy/kubernetes/deployment.yaml").read_text()
    )

    assert image is not None
    assert {described, image[1], version("pixverse-bridge")} == {PROJECT["version"]}
