"""Build the sdist and the wheel of a version, check them, install and try them, and write its notes.

Usage: python -m scripts.release     (needs a clone without uncommitted changes; tags and uploads nothing)
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.release_notes import Section, notes, sections
from scripts.smoke import SmokeError, own_environment, smoke

ROOT: Final = Path(__file__).parents[1]
TWINE: Final = (str(ROOT / ".audit/bin/python"), "-m", "twine", "check", "--strict")
UNRELEASED: Final = "Unreleased"
SUPPORTED: Final = re.compile(r"Programming Language :: Python :: (3\.\d+)")
CAN_TRY: Final = "import ensurepip, sqlite3, ssl, venv"


class ReleaseError(Exception):
    """Why a version cannot be released as it is."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version that may be released, with the Pythons that it supports."""

    version: str
    section: Section
    pythons: Sequence[str]


def main() -> int:
    """Release what is in the clone and return the exit code."""
    try:
        release = checked(ROOT)
        built = build(ROOT, ROOT / "dist")
        run([*TWINE, *map(str, built)], ROOT)
        try_installed(release, built)
    except (ReleaseError, SmokeError) as error:
        print(f"release: {error}", file=sys.stderr)  # noqa: T201 - this is what the script is for
        return 1
    written = write_notes(ROOT / "dist", release, built)
    say(f"\n{release.version} may be released:")
    for file in (*built, written):
        say(f"  {file.relative_to(ROOT)}")
    say(f"\ngit tag --annotate v{release.version} --message 'Version {release.version}'")
    return 0


def checked(root: Path) -> Release:
    """Return what a clone is about to release; raises `ReleaseError` for what must not be released."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    version = project["version"]
    if changed := git(root, "status", "--porcelain").splitlines():
        raise ReleaseError(
            f"the clone has uncommitted changes: {', '.join(line[3:] for line in changed[:5])}"
        )
    if git(root, "tag", "--list", f"v{version}"):
        raise ReleaseError(
            f"version {version} has the tag v{version} already; raise the version in pyproject.toml"
        )
    return Release(
        version, released_section(root, version), SUPPORTED.findall("\n".join(project["classifiers"]))
    )


def released_section(root: Path, version: str) -> Section:
    """Return the section of a version; raises `ReleaseError` if it has none that tells everything."""
    known = sections((root / "CHANGELOG.md").read_text())
    section = known.get(version)
    if section is None or not section.text:
        raise ReleaseError(f"CHANGELOG.md says nothing of {version} under '## [{version}] - YEAR-MONTH-DAY'")
    if section.day is None:
        raise ReleaseError(f"the section of {version} in CHANGELOG.md has no day")
    if UNRELEASED in known and known[UNRELEASED].text:
        raise ReleaseError(f"CHANGELOG.md has changes under '{UNRELEASED}': move them to a version")
    return section


def build(root: Path, folder: Path) -> Sequence[Path]:
    """Build the sdist of a clone, and the wheel from it, so that a file that it lacks is noticed."""
    shutil.rmtree(folder, ignore_errors=True)
    hatchling = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder), "--target"]
    run([*hatchling, "sdist"], root)
    (sdist,) = folder.glob("*.tar.gz")
    with tempfile.TemporaryDirectory(prefix="pixverse-bridge-") as unpacked:
        shutil.unpack_archive(sdist, unpacked)
        run([*hatchling, "wheel"], Path(unpacked) / sdist.name.removesuffix(".tar.gz"))
    (wheel,) = folder.glob("*.whl")
    return sdist, wheel


def try_installed(release: Release, built: Sequence[Path]) -> None:
    """Install the wheel into a bare environment of each supported Python that there is, and try it."""
    _, wheel = built
    found = {name: python for name in release.pythons if (python := next(interpreters(name), None))}
    if not found:
        raise ReleaseError(
            f"none of the Pythons {', '.join(release.pythons)} was found to try the wheel with"
        )
    for name, python in found.items():
        try_with(python, wheel, release.version)
        say(f"Python {name}: installed and tried ({python})")
    for name in release.pythons:
        if name not in found:
            say(f"Python {name}: NOT TRIED, there is none on this machine")


def interpreters(name: str) -> Iterator[str]:
    """Yield the Pythons of a version that can make environments: those of the PATH, then those of pyenv."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [Path(folder) / f"python{name}" for folder in folders]
    for python in (*candidates, *sorted(pyenv.glob(f"{name}.*/bin/python{name}"), reverse=True)):
        if python.is_file() and answers(python):
            yield str(python)


def answers(python: Path) -> bool:
    """Return whether a Python runs and has what it takes to make an environment for a bridge."""
    done = subprocess.run(  # noqa: S603 - an interpreter of this machine
        [str(python), "-I", "-c", CAN_TRY], capture_output=True, check=False
    )
    return done.returncode == 0


def try_with(python: str, wheel: Path, version: str) -> None:
    """Install a wheel as a user does, with the newest packages that fit, and try what was installed."""
    with tempfile.TemporaryDirectory(prefix="pixverse-bridge-") as folder:
        run([python, "-m", "venv", folder], ROOT)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
        run([*pip, "install", str(wheel)], Path(folder))
        run([*pip, "check"], Path(folder))
        smoke(Path(folder) / "bin" / "pixverse-bridge", version)


def write_notes(folder: Path, release: Release, built: Sequence[Path]) -> Path:
    """Write the notes of a release beside its files and return where they are."""
    checksums = [(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in built]
    written = folder / f"notes-{release.version}.md"
    written.write_text(notes(release.version, release.section, checksums))
    return written


def git(root: Path, *words: str) -> str:
    """Return what git says about a clone."""
    return run(["git", *words], root)


def run(command: Sequence[str], folder: Path) -> str:
    """Return what a program prints; raises `ReleaseError` with its last lines if it fails."""
    done = subprocess.run(  # noqa: S603 - fixed words and names of files
        command, cwd=folder, env=own_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise ReleaseError(f"{' '.join(command)} failed:\n{last}")
    return done.stdout


def say(line: str) -> None:
    """Print a line at once, since the next step may take a minute."""
    print(line, flush=True)  # noqa: T201 - this is what the script is for


if __name__ == "__main__":
    sys.exit(main())
