"""Prints findings with what to do about them, and the rows that follow."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

from bridge.cli.announce import show
from bridge.doctor.finding import Finding, Level
from bridge.doctor.report import Report

SIGNS: Final = {Level.FINE: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.ERROR: "✗"}
PLAIN_SIGNS: Final = {Level.FINE: "ok", Level.NOTE: "--", Level.WARNING: "!!", Level.ERROR: "no"}
ROWS: Final = "\nRows for the configuration, in place of bot.commands and bot.application_id"
WIDEST: Final = 1_000_000


def print_report(report: Report) -> None:
    """Print what was found about an account, and the rows."""
    show(f"  account of channel {report.place.id}")
    for finding in report.findings:
        print_finding(finding)
    if report.rows:
        show(ROWS, style="bold")
        show(rows_as_yaml(report.rows))


def print_finding(finding: Finding) -> None:
    """Print a finding, and what to do about it."""
    signs = SIGNS if _shows(SIGNS.values()) else PLAIN_SIGNS
    show(f"    {signs[finding.level]} {finding.about}: {finding.found}")
    if finding.remedy:
        show(f"      {finding.remedy}")


def rows_as_yaml(rows: Mapping[str, Any]) -> str:
    """Return rows as they stand in a configuration file."""
    text: str = yaml.safe_dump(
        {"bot": dict(rows)}, allow_unicode=True, sort_keys=False, width=WIDEST, default_flow_style=False
    )
    return text.rstrip()


def _shows(signs: Iterable[str]) -> bool:
    """Return whether the encoding of stdout has the signs."""
    try:
        "".join(signs).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
