"""`make audit` says which packages were looked up: a source that knows nothing is not a clean bill."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.audit import main

CLEAN = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
UNKNOWN = {"name": "aiohttp", "skip_reason": "not found"}
FLAWED = {"name": "aiohttp", "version": "3.9.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.9.1"]}]}
UNREACHED = None


def a_pip_audit(folder: Path, **told: Any) -> list[str]:
    """Return a program that answers as pip-audit does, differently for each source."""
    program = folder / "pip_audit.py"
    program.write_text(
        f"import json, sys\n"
        f"source = sys.argv[sys.argv.index('--vulnerability-service') + 1]\n"
        f"told = json.loads({json.dumps(json.dumps(told))})[source]\n"
        f"sys.exit('ConnectionError') if told is None else print(json.dumps({{'dependencies': [told]}}))\n"
    )
    return [sys.executable, str(program)]


@pytest.mark.parametrize(
    ("pypi", "osv", "code", "text"),
    [
        (CLEAN, UNREACHED, 0, "1 of 1 packages looked up, 0 known vulnerabilities"),
        (UNKNOWN, CLEAN, 0, "1 of 1 packages looked up, 0 known vulnerabilities"),
        (FLAWED, UNREACHED, 1, "aiohttp: CVE-1, fixed in 3.9.1"),
        (UNKNOWN, FLAWED, 1, "aiohttp: CVE-1, fixed in 3.9.1"),
        (UNKNOWN, UNREACHED, 2, "NOT AUDITED: aiohttp"),
        (UNREACHED, UNREACHED, 2, "NOT AUDITED: no source of advisories answered"),
    ],
)
def test_an_audit_fails_unless_each_package_was_looked_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pypi: Any, osv: Any, code: int, text: str
) -> None:
    pip_audit = a_pip_audit(tmp_path, pypi=pypi, osv=osv)

    outcome = main(["requirements.lock"], pip_audit)

    assert outcome == code
    assert text in capsys.readouterr().out
