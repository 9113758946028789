"""What a start prints of the accounts: what it waits for, a table, and whether the bridge is ready."""

import json
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bridge.accounts.condition import Standing
from bridge.app.connecting import StartingAccount
from bridge.cli.announce import counted, show, show_table

MOST_ROWS: Final = 20
HEAD: Final = ("Account", "State", "Why, and what to do")
STATES: Final = {
    Standing.BAD_TOKEN: "bad token",
    Standing.NEEDS_HUMAN: "needs a person",
    Standing.OUT_OF_CREDITS: "out of credits",
}
NEW_ACCOUNT: Final = {
    "discord": "DISCORD_TOKEN",
    "server": "SERVER_ID",
    "maxJobs": 3,
}


class WaitingLines:
    """Prints what a start waits for: a line for each account and reason, and no line twice."""

    def __init__(self) -> None:
        self._shown: set[tuple[str, str | None]] = set()

    def show(self, waiting: Sequence[StartingAccount]) -> None:
        """Print what was not printed yet, of a few accounts at most."""
        for account in waiting:
            key = account.channel, account.condition.reason
            if key not in self._shown and len(self._shown) < MOST_ROWS:
                self._shown.add(key)
                show(f"Waiting for account {account.channel}: {why(account)}")


def show_accounts(accounts: Sequence[StartingAccount], url: str, api_token: str | None) -> None:
    """Print the accounts, those first that are not connected, and how to add one or to set it again."""
    show("")
    if not accounts:
        show("No account is configured yet. Add one:", style="bold")
        show(setting_line(url, api_token, "CHANNEL_ID"), style="cyan")
        return
    rows = sorted(accounts, key=lambda each: each.condition.is_connected)
    show_table(HEAD, [(each.channel, state(each), why(each)) for each in rows[:MOST_ROWS]])
    if (more := rows[MOST_ROWS:]) and (missing := sum(not each.condition.is_connected for each in more)):
        show(f"{len(more)} more accounts; {missing} of them are not connected.")
    elif more:
        show(f"{len(more)} more accounts, all connected.")
    if first := next((each for each in rows if each.condition.is_unusable), None):
        show("\nPost an account again, or change it in the configuration file and restart:", style="bold")
        show(adding_line(url, first.channel), style="cyan")
        show(setting_line(url, api_token, first.channel), style="cyan")


def show_ready(accounts: Sequence[StartingAccount]) -> None:
    """Print that the bridge is ready: "Ready." only if every account is connected."""
    settled = [each for each in accounts if each.is_settled]
    people = sum(each.condition.is_unusable for each in settled)
    waiting = len(accounts) - len(settled)
    missing = (
        [f"{counted(people, 'account')} {'needs' if people == 1 else 'need'} a person"] if people else []
    )
    if waiting:
        missing.append(f"{counted(waiting, 'account')} {'is' if waiting == 1 else 'are'} not connected yet")
    show(f"\nReady, but {' and '.join(missing)}." if missing else "\nReady.")


def state(account: StartingAccount) -> str:
    """Return the state of an account in two words."""
    standing = account.condition.standing
    return STATES.get(standing, standing.value) + (", paused" if account.is_paused else "")


def why(account: StartingAccount) -> str:
    """Return the reason, the remedy and the time of the next try, as far as there are any."""
    told = [each.rstrip(".") for each in (account.condition.reason, account.condition.remedy) if each]
    if account.next_try_ms is not None and not account.is_settled:
        at = datetime.fromtimestamp(account.next_try_ms / 1000, UTC)
        told.append(f"Next try at {at:%H:%M:%S} UTC")
    return "".join(f"{each}. " for each in told).rstrip()


def adding_line(url: str, channel: str) -> str:
    """Return a shell line that sets an account; it asks for the token of the account."""
    return f"pixverse-bridge accounts add {channel} --server SERVER_ID --url {url}"


def setting_line(url: str, api_token: str | None, channel: str) -> str:
    """Return a shell line that sets an account; a token that is not to be shown is taken from a variable."""
    given = shlex.quote(f"Authorization: Bearer {api_token}") if api_token else None
    header = given or '"Authorization: Bearer $BRIDGE_TOKEN"'
    body = shlex.quote(json.dumps({**NEW_ACCOUNT, "channel": channel}))
    return (
        f"curl -sS {url}/v1/pixverse/account/{channel} -H {header} "
        f"-H 'Content-Type: application/json' -d {body}"
    )
