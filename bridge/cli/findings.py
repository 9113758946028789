"""Prints what was found, with what to do about it."""

import sys
from collections.abc import Iterable
from typing import Final

from bridge.cli.announce import show
from bridge.doctor.finding import Finding, Level

SIGNS: Final = {Level.FINE: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.ERROR: "✗"}
PLAIN_SIGNS: Final = {Level.FINE: "ok", Level.NOTE: "--", Level.WARNING: "!!", Level.ERROR: "no"}


def print_finding(finding: Finding) -> None:
    """Print a finding, and what to do about it."""
    signs = SIGNS if _shows(SIGNS.values()) else PLAIN_SIGNS
    show(f"    {signs[finding.level]} {finding.about}: {finding.found}")
    if finding.remedy:
        show(f"      {finding.remedy}")


def _shows(signs: Iterable[str]) -> bool:
    """Return whether the encoding of stdout has the signs."""
    try:
        "".join(signs).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
