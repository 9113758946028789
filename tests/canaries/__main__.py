"""`make canaries`: run tests at debug level with marked secrets, then scan what they left for the marks.

Usage: python -m tests.canaries [FOLDER OF TESTS ...] [-- OPTIONS OF PYTEST]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.canaries.canary import MARKS, Sighting, is_leak, sightings

LEFT_OUT: Final = frozenset({"benchmark", "chaos", "docs", "fidelity", "fuzz", "tools"})
"""Folders whose tests start no bridge in their own process, or have a run of their own."""
FOLDERS: Final = tuple(
    f"tests/{folder.name}"
    for folder in sorted(Path(__file__).parents[1].iterdir())
    if any(folder.glob("test_*.py")) and folder.name not in LEFT_OUT
)
PLACES: Final = {
    ".db": "database",
    "-wal": "database",
    "-shm": "database",
    "-journal": "database",
    ".txt": "log",
}
"""Kinds of files by the end of their names; all others are files."""
SELF_TEST: Final = "tests/canaries/test_scan.py"
"""Leaves leaks behind, so that the scan finds them."""
MOST_SHOWN: Final = 20


def main(arguments: Sequence[str]) -> int:
    """Run the tests, print what was found, and return 0 if no secret is where it may not be."""
    asked, _, options = " ".join(arguments).partition("--")
    with tempfile.TemporaryDirectory(prefix="canaries-") as folder:
        left, heard = Path(folder) / "left", Path(folder) / "heard"
        heard.mkdir()
        run_tests(asked.split() or list(FOLDERS), options.split(), left, heard)
        found = [*heard_in(heard), *left_in(left), *left_in(heard)]
        planted = Counter(line for file in heard.glob("planted-*") for line in file.read_text().split())
        files = sum(len(names) for _, _, names in os.walk(folder))
        return print_verdict(found, planted, files)


def run_tests(folders: Sequence[str], options: Sequence[str], left: Path, heard: Path) -> None:
    """Run the tests; one that fails is told by pytest, and does not keep the scan from being done."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.canaries.plugin", "--basetemp", str(left)]
    marked = ["--ignore", SELF_TEST, "-p", "no:cacheprovider", "-q", "--timeout", "120"]
    subprocess.run(
        [*command, *marked, *options, *folders], env=os.environ | {"CANARIES": str(heard)}, check=False
    )


def heard_in(folder: Path) -> Iterator[Sighting]:
    """Yield what the plugin has seen while the tests ran."""
    for file in sorted(folder.glob("seen-*.jsonl")):
        for line in file.read_text().splitlines():
            seen = json.loads(line)
            yield Sighting(seen["kind"], seen["place"], seen["which"])


def left_in(folder: Path) -> Iterator[Sighting]:
    """Yield what is in the files that were left, whatever they are."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        if path.suffix != ".jsonl" or "seen-" not in path.name:
            place = next((kind for end, kind in PLACES.items() if path.name.endswith(end)), "file")
            yield from sightings(path.read_bytes(), place, str(path.relative_to(folder)))


def print_verdict(found: Sequence[Sighting], planted: Mapping[str, int], files: int) -> int:
    """Print where each kind of secret was, and return 1 if it may not be there or if none was planted."""
    made = {kind: planted.get(kind.lower().replace(" ", "_"), 0) for kind in MARKS}
    for kind, count in made.items():
        allowed = Counter(seen.place for seen in found if seen.kind == kind and not is_leak(seen))
        seen_in = ", ".join(f"{times} times in {place}" for place, times in allowed.items()) or "nowhere"
        say(f"{kind}: {count} planted; seen {seen_in}, where it may be")
    leaks = Counter(seen for seen in found if is_leak(seen))
    for leak, count in leaks.most_common(MOST_SHOWN):
        say(f"LEAK: {leak.kind} in {leak.place} {leak.which} ({count} times)")
    missing = [kind for kind, count in made.items() if not count]
    for kind in missing:
        say(f"NOT PLANTED: {kind}")
    say(f"canaries: {files} files scanned, {len(leaks)} leaks")
    return 1 if leaks or missing else 0


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
