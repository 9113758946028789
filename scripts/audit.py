"""Ask for the known vulnerabilities of the packages that lock files name, at PyPI and else at OSV.

Usage: python scripts/audit.py LOCKFILE...     (the exit code tells the outcome)

0: each package was looked up, and none has a known vulnerability. 1: some have. 2: some were not looked up.
pip-audit itself reports "no known vulnerabilities" and 0 for packages that its source does not know.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

PIP_AUDIT: Final = (".audit/bin/python", "-m", "pip_audit")
SOURCES: Final = ("pypi", "osv")
OPTIONS: Final = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")
TIMEOUT_S: Final = 20
VULNERABLE: Final = 1
NOT_LOOKED_UP: Final = 2
MOST_NAMES: Final = 8


def main(locks: Sequence[str], pip_audit: Sequence[str] = PIP_AUDIT) -> int:
    """Print the outcome for each lock file and return the exit code."""
    outcomes = [print_outcome(lock, ask_all(Path(lock), pip_audit)) for lock in locks]
    return next((code for code in (VULNERABLE, NOT_LOOKED_UP) if code in outcomes), 0)


def ask_all(lock: Path, pip_audit: Sequence[str]) -> Mapping[str, Any]:
    """Return what is known of each package, None where no source told anything."""
    known: dict[str, Any] = {}
    for source in SOURCES:
        known |= {name: told for name, told in ask(lock, source, pip_audit).items() if not known.get(name)}
        if known and None not in known.values():
            break
    return known


def ask(lock: Path, source: str, pip_audit: Sequence[str]) -> Mapping[str, Any]:
    """Return the vulnerabilities of each package, None where the source does not know it."""
    command = [*pip_audit, *OPTIONS, "--timeout", str(TIMEOUT_S), "--vulnerability-service", source]
    done = subprocess.run(  # noqa: S603 - fixed words and the name of a lock file
        [*command, "--requirement", str(lock)], capture_output=True, text=True, check=False
    )
    try:
        told = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        print(f"{lock}: {source} did not answer: {reason}")  # noqa: T201 - this is what the script is for
        return {}
    return {each["name"]: each.get("vulns") for each in told}


def print_outcome(lock: str, known: Mapping[str, Any]) -> int:
    """Print what is known of the packages of a lock file and return the exit code."""
    unknown = [name for name, told in known.items() if told is None]
    found = [
        f"{name}: {each['id']}, fixed in {', '.join(each['fix_versions']) or 'no version yet'}"
        for name, told in known.items()
        for each in told or ()
    ]
    for line in found:
        print(f"{lock}: {line}")  # noqa: T201
    looked_up = len(known) - len(unknown)
    print(f"{lock}: {looked_up} of {len(known)} packages looked up, {len(found)} known vulnerabilities")  # noqa: T201
    if unknown or not known:
        print(f"{lock}: NOT AUDITED: {some(unknown) or 'no source of advisories answered'}")  # noqa: T201
    if found:
        return VULNERABLE
    return NOT_LOOKED_UP if unknown or not known else 0


def some(names: Sequence[str]) -> str:
    """Return the first few names, and how many follow."""
    more = len(names) - MOST_NAMES
    return ", ".join([*names[:MOST_NAMES], *([f"and {more} more"] if more > 0 else [])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
