"""Prints reports, and the rows that follow from them."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from bridge.cli.announce import show
from bridge.cli.findings import print_finding
from bridge.doctor.report import Report

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


def rows_as_yaml(rows: Mapping[str, Any]) -> str:
    """Return rows as they stand in a configuration file."""
    text: str = yaml.safe_dump(
        {"bot": dict(rows)}, allow_unicode=True, sort_keys=False, width=WIDEST, default_flow_style=False
    )
    return text.rstrip()
