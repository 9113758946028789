"""Runs `doctor`: examines one account after another, prints the reports, exits with the worst outcome."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from bridge.app.bridge import endpoint
from bridge.app.doctor import Doctor
from bridge.cli.announce import show
from bridge.cli.doctor.patients import patients
from bridge.cli.doctor.printing import print_report, rows_as_yaml
from bridge.cli.doctor.trying import Tried, not_understood, refuse_beside_a_bridge, steps_of, try_one
from bridge.cli.explaining import explain
from bridge.cli.findings import print_finding
from bridge.cli.redacting_log import redacting_log
from bridge.cli.start import settings_of
from bridge.cli.stopping import run
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.doctor.finding import Level
from bridge.doctor.new_verb import new_verb
from bridge.doctor.report import DIFFERS, FAILS, WORKS, Report, as_object, finding_as_object
from bridge.errors import ConfigurationError
from bridge.logs import Redactor
from bridge.offered import plain
from bridge.sessions.pool import SelfbotSessions

INTERRUPTED: Final = 130
UNDERSTOOD: Final = "Every message was understood."
OUTCOME_OF: Final = {Level.FINE: WORKS, Level.NOTE: WORKS, Level.WARNING: DIFFERS, Level.ERROR: FAILS}


@dataclass(frozen=True, slots=True)
class Order:
    """What the doctor is to do: for one channel or all, with one real command, or only a row."""

    channel: str | None = None
    prompt: str | None = None
    is_sure: bool = False
    command: str | None = None
    as_json: bool = False


def start_doctor(config: Path | None, flags: Mapping[str, object], order: Order) -> None:
    """Examine the accounts of the settings; exits with 0, 1 or 2."""
    settings = settings_of(config, flags)
    if order.prompt is not None and not order.is_sure and not sys.stdin.isatty():
        raise ConfigurationError("--try runs a command of the bot: without a terminal, it needs --yes")
    quiet = settings.log.model_copy(update={"level": "error"})
    redactor = redacting_log(settings.model_copy(update={"log": quiet}))
    if not run(examine(settings, redactor, order)):
        raise typer.Exit(INTERRUPTED)


async def examine(settings: Settings, redactor: Redactor, order: Order) -> None:
    """Examine, print, and exit with the worst outcome."""
    examined = await patients(settings, redactor, order.channel)
    if order.prompt is not None:
        await refuse_beside_a_bridge(settings)
    reports: list[Report] = []
    async with SelfbotSessions(endpoint(settings), SystemClock()) as sessions:
        doctor = Doctor(settings, sessions.examine)
        for each in examined:
            reports.append(await doctor.report(each.token, each.place))
            if not order.as_json and order.command is None:
                print_report(reports[-1])
    if order.command is not None:
        show(rows_as_yaml({"commands": _row(reports, order.command)}))
        return
    outcome = max(each.outcome for each in reports)
    tried = None
    if order.prompt is not None:
        tried = await try_one(settings, redactor, examined[0], order.prompt, is_sure=order.is_sure)
    if order.as_json:
        _print_json(settings, reports, tried)
    elif tried is not None:
        _print_tried(settings, tried)
    if tried is not None:
        outcome = max(outcome, OUTCOME_OF[tried.finding.level])
    if outcome:
        raise typer.Exit(outcome)


def _row(reports: Sequence[Report], name: str) -> dict[str, Any]:
    """Return the row of a command; raises `ConfigurationError` if no bot has it."""
    commands = [each for report in reports for each in report.commands if each.is_slash]
    for each in commands:
        if plain(name) in (plain(each.name), plain(each.shown)):
            return new_verb(each)
    known = ", ".join(dict.fromkeys(each.name for each in commands)) or "none: run doctor without --write"
    raise ConfigurationError(f"--write: the bot has no command {name}; it has: {known}")


def _print_json(settings: Settings, reports: Sequence[Report], tried: Tried | None) -> None:
    told: dict[str, Any] = {"accounts": [as_object(each) for each in reports]}
    if tried is not None:
        steps = steps_of(settings, tried.recording)
        told["tried"] = {
            **finding_as_object(tried.finding),
            "recording": str(tried.recording),
            "steps": steps,
            "not_understood": not_understood(steps),
        }
    show(json.dumps(told, indent=2, ensure_ascii=False))


def _print_tried(settings: Settings, tried: Tried) -> None:
    show("\nHow each message was read", style="bold")
    explain(tried.recording, settings.bot, as_json=False)
    lines = not_understood(steps_of(settings, tried.recording))
    told = f"Not understood: the messages of line {', '.join(map(str, lines))}" if lines else UNDERSTOOD
    show(f"\n{told}")
    print_finding(tried.finding)
    show(f"\nTo read them again with other rows: pixverse-bridge explain {tried.recording}")
