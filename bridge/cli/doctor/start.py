"""Runs `doctor`: examines one account after another, prints the reports, exits with the worst outcome."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from bridge.app.bridge import endpoint
from bridge.app.doctor import Doctor
from bridge.cli.announce import show
from bridge.cli.doctor.patients import patients
from bridge.cli.doctor.printing import print_report
from bridge.cli.redacting_log import redacting_log
from bridge.cli.start import settings_of
from bridge.cli.stopping import run
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.doctor.report import Report, as_object
from bridge.logs import Redactor
from bridge.sessions.pool import SelfbotSessions

INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Order:
    """What the doctor is to do: for one channel, or for all."""

    channel: str | None = None
    as_json: bool = False


def start_doctor(config: Path | None, flags: Mapping[str, object], order: Order) -> None:
    """Examine the accounts of the settings; exits with 0, 1 or 2."""
    settings = settings_of(config, flags)
    quiet = settings.log.model_copy(update={"level": "error"})
    redactor = redacting_log(settings.model_copy(update={"log": quiet}))
    if not run(examine(settings, redactor, order)):
        raise typer.Exit(INTERRUPTED)


async def examine(settings: Settings, redactor: Redactor, order: Order) -> None:
    """Examine, print, and exit with the worst outcome."""
    examined = await patients(settings, redactor, order.channel)
    reports: list[Report] = []
    async with SelfbotSessions(endpoint(settings), SystemClock()) as sessions:
        doctor = Doctor(settings, sessions.examine)
        for each in examined:
            reports.append(await doctor.report(each.token, each.place))
            if not order.as_json:
                print_report(reports[-1])
    if order.as_json:
        show(json.dumps({"accounts": [as_object(each) for each in reports]}, indent=2, ensure_ascii=False))
    outcome = max(each.outcome for each in reports)
    if outcome:
        raise typer.Exit(outcome)
