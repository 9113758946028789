"""`accounts` and `health`: the Discord accounts of the bridge and their conditions."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from bridge.cli.client.job_view import minute
from bridge.cli.client.outcomes import ExitCode
from bridge.cli.client.output import Output
from bridge.cli.client.submitting import secret_of
from bridge.cli.client.talking import talk
from bridge.cli.client.target import Given
from bridge.client import Account, AccountHealth, Client, Health
from bridge.errors import ConfigurationError

HEAD = ("channel", "condition", "jobs", "since", "why")
FOR_A_PERSON = frozenset({"bad_token", "needs_human", "out_of_credits"})
AGAIN = (
    "pixverse-bridge accounts add CHANNEL --server ID posts an account again. "
    "One that is in the configuration file is changed there; then restart the bridge."
)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The account that `accounts add` makes."""

    channel: str
    server: str
    max_jobs: int
    token_file: Path | None


def list_accounts(given: Given) -> None:
    """List the accounts with their conditions."""

    async def work(client: Client, output: Output) -> None:
        _show(output, await client.health())

    talk(given, work)


def health(given: Given) -> None:
    """Show the accounts, callbacks that were given up and the mirror; exit 23 if one is not connected."""

    async def work(client: Client, output: Output) -> None:
        found = await client.health()
        if output.as_json:
            output.json(found.raw)
        else:
            _show(output, found)
            _show_rest(output, found.raw)
        if not all(account.is_connected for account in found.accounts):
            raise typer.Exit(ExitCode.UNHEALTHY)

    talk(given, work)


def show_account(given: Given, channel: str) -> None:
    """Show one account; its Discord token is masked."""

    async def work(client: Client, output: Output) -> None:
        account = await client.account(channel)
        rows = (await client.health()).accounts
        condition = next((one for one in rows if one.channel == channel), None)
        if output.as_json:
            told = {} if condition is None else condition.raw
            output.json({**told, **account.raw, "discord": masked(account.discord)})
        else:
            output.facts(f"Account {channel}", _facts(account, condition))

    talk(given, work)


def add_account(given: Given, new: NewAccount) -> None:
    """Add or change an account."""
    discord = secret_of(new.token_file) or _asked_discord_token()

    async def work(client: Client, output: Output) -> None:
        await client.set_account(new.channel, discord=discord, server=new.server, max_jobs=new.max_jobs)
        if output.as_json:
            output.json({"channel": new.channel, "server": new.server, "maxJobs": new.max_jobs})
        else:
            output.text(f"Account {new.channel} is saved and being connected.")
            output.note(f"pixverse-bridge accounts show {new.channel} says whether it is connected.")

    talk(given, work)


def pause_account(given: Given, channel: str, *, is_paused: bool) -> None:
    """Pause or resume an account."""

    async def work(client: Client, output: Output) -> None:
        await client.pause_account(channel, paused=is_paused)
        if output.as_json:
            output.json({"channel": channel, "paused": is_paused})
        elif is_paused:
            output.text(f"Account {channel} is paused: it takes no new jobs, and finishes those it has.")
        else:
            output.text(f"Account {channel} takes jobs again.")

    talk(given, work)


def remove_account(given: Given, channel: str) -> None:
    """Remove an account."""

    async def work(client: Client, output: Output) -> None:
        await client.remove_account(channel)
        if output.as_json:
            output.json({"channel": channel, "removed": True})
        else:
            output.text(f"Account {channel} is removed. Jobs that were sent are followed to their end.")

    talk(given, work)


def masked(token: str) -> str:
    """Return a secret as the bridge shows it in a record."""
    return token if "…" in token else f"{token[:3]}…secured…{token[-3:]}"


def _show(output: Output, health: Health) -> None:
    if output.as_json:
        for account in health.accounts:
            output.json(account.raw)
    elif not health.accounts:
        output.note("There are no accounts: pixverse-bridge accounts add CHANNEL --server ID adds one.")
    else:
        output.table(HEAD, [_row(account) for account in health.accounts])
        if any(account.condition in FOR_A_PERSON for account in health.accounts):
            output.note(AGAIN)


def _row(account: AccountHealth) -> tuple[str, ...]:
    condition = f"{account.condition}, paused" if account.is_paused else account.condition
    jobs = f"{account.running} of {account.max_jobs}"
    return (account.channel, condition, jobs, minute(account.since), _why(account))


def _why(account: AccountHealth) -> str:
    return ". ".join(filter(None, (account.reason, account.remedy)))


def _facts(account: Account, condition: AccountHealth | None) -> Mapping[str, str]:
    facts = {"server": account.server, "discord": masked(account.discord), "max jobs": str(account.max_jobs)}
    if condition is None:
        return facts
    return {
        **facts,
        "running": str(condition.running),
        "condition": _row(condition)[1],
        "since": condition.since,
        "reason": condition.reason or "",
        "remedy": condition.remedy or "",
    }


def _show_rest(output: Output, raw: Mapping[str, Any]) -> None:
    given_up, mirror = raw.get("callbacksGivenUp"), raw.get("mirror")
    if given_up:
        output.text(
            f"{given_up['count']} callbacks were given up: pixverse-bridge deliveries --state given_up"
        )
    if mirror and not mirror["works"]:
        output.text(f"The media mirror does not work: {mirror['reason']}")


def _asked_discord_token() -> str:
    if not sys.stdin.isatty():
        raise ConfigurationError("The Discord token is missing: give --discord-file FILE, or - for stdin")
    return str(typer.prompt("Discord token (not shown)", hide_input=True, err=True)).strip()
