"""`check --online`: tries everything that a start needs, and prints each with what to do about it."""

import sys
from collections.abc import Iterable
from contextlib import aclosing
from typing import Final

import typer

from bridge.app.bridge import endpoint
from bridge.app.trial import is_running, try_address, try_database, try_directory
from bridge.chat import Channel, SlashCommand
from bridge.cli.announce import show
from bridge.clock import SystemClock
from bridge.config.overrides import overridden
from bridge.config.settings import ConfiguredAccount, Settings
from bridge.errors import AddressError, StartError
from bridge.pixverse.profile import DEFAULT
from bridge.sessions.trial import Candidate, Finding, try_account

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
SIGNS: Final = ("✓", "✗")
PLAIN_SIGNS: Final = ("ok", "no")


async def try_everything(settings: Settings) -> None:
    """Try and print everything; the process exits with the code of the first failure, if there is one."""
    show("\nTried", style="bold")
    codes = [await _try_here(settings)]
    if not settings.accounts:
        show(f"  accounts: {NO_ACCOUNT}")
    for account in settings.accounts:
        show(f"  account of channel {account.channel}")
        codes.append(await _try_one(settings, account))
    failed = next(filter(None, codes), None)
    if failed is not None:
        raise typer.Exit(failed)


async def _try_here(settings: Settings) -> int:
    """Try what is on this machine, and the database."""
    show("  this machine")
    code = 0
    for what, trial, remedy in HERE:
        try:
            tell(Finding(what, await trial(settings)))
        except AddressError as error:
            if is_running(settings):
                tell(Finding(what, "it is taken, and a bridge runs on this database already"))
                continue
            tell(Finding(what, str(error), remedy))
            code = code or error.exit_code
        except StartError as error:
            tell(Finding(what, str(error), remedy))
            code = code or error.exit_code
    return code


async def _try_one(settings: Settings, account: ConfiguredAccount) -> int:
    candidate = Candidate(
        account.discord.get_secret_value(),
        Channel(account.server, account.channel),
        tuple(_commands(settings)),
    )
    code = 0
    async with aclosing(try_account(endpoint(settings), SystemClock(), candidate)) as findings:
        async for finding in findings:
            tell(finding)
            code = code if finding.is_fine else ACCOUNT_FAILED
    return code


def _commands(settings: Settings) -> Iterable[SlashCommand]:
    profile = overridden(DEFAULT, settings.bot)
    return (SlashCommand(profile.application_id, slash.name, {}) for slash in profile.slashes)


def tell(finding: Finding) -> None:
    """Print a finding, and what to do about it."""
    fine, wrong = SIGNS if _shows(SIGNS) else PLAIN_SIGNS
    show(f"    {fine if finding.is_fine else wrong} {finding.what}: {finding.found}")
    if finding.remedy:
        show(f"      {finding.remedy}")


def _shows(signs: Iterable[str]) -> bool:
    """Return whether the encoding of stdout has the signs."""
    try:
        "".join(signs).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
