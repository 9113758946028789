"""`check --online`: tries everything that a start needs, and prints each with what to do about it."""

from typing import Final

import typer

from bridge.app.bridge import endpoint
from bridge.app.doctor import Doctor
from bridge.app.trial import is_running, try_address, try_database, try_directory
from bridge.chat import Channel
from bridge.cli.announce import show
from bridge.cli.findings import print_finding
from bridge.clock import SystemClock
from bridge.config.settings import ConfiguredAccount, Settings
from bridge.doctor.finding import error, fine
from bridge.doctor.report import FAILS
from bridge.errors import AddressError, StartError
from bridge.sessions.pool import SelfbotSessions

ACCOUNT_FAILED: Final = 8
"""The exit code if only accounts cannot be used; otherwise it is that of the start that would fail."""
OTHER_PORT: Final = "Stop the other program, or set another server.port (0 takes a free one)."
OTHER_PLACE: Final = "Set data_dir to a directory in which the user of this process may write."
MEND: Final = "Mend that first: a start ends there."
HERE: Final = (
    ("directory", try_directory, OTHER_PLACE),
    ("port", try_address, OTHER_PORT),
    ("database", try_database, MEND),
)
NO_ACCOUNT: Final = "none in the file: add one with pixverse-bridge init, or to a running bridge"


async def try_everything(settings: Settings) -> None:
    """Try and print everything; the process exits with the code of the first failure, if there is one."""
    show("\nTried", style="bold")
    codes = [await _try_here(settings)]
    if not settings.accounts:
        show(f"  accounts: {NO_ACCOUNT}")
    async with SelfbotSessions(endpoint(settings), SystemClock()) as sessions:
        doctor = Doctor(settings, sessions.examine)
        for account in settings.accounts:
            show(f"  account of channel {account.channel}")
            codes.append(await _try_one(doctor, account))
    failed = next(filter(None, codes), None)
    if failed is not None:
        raise typer.Exit(failed)


async def _try_here(settings: Settings) -> int:
    """Try what is on this machine, and the database."""
    show("  this machine")
    code = 0
    for what, trial, remedy in HERE:
        try:
            print_finding(fine(what, await trial(settings)))
        except AddressError as failure:
            if is_running(settings):
                print_finding(fine(what, "it is taken, and a bridge runs on this database already"))
                continue
            print_finding(error(what, f"{what}_unusable", str(failure), remedy))
            code = code or failure.exit_code
        except StartError as failure:
            print_finding(error(what, f"{what}_unusable", str(failure), remedy))
            code = code or failure.exit_code
    return code


async def _try_one(doctor: Doctor, account: ConfiguredAccount) -> int:
    place = Channel(account.server, account.channel)
    report = await doctor.report(account.discord.get_secret_value(), place)
    for finding in report.findings:
        print_finding(finding)
    return ACCOUNT_FAILED if report.outcome == FAILS else 0
