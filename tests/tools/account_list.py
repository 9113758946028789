"""The list of accounts: entries, another person and another channel, and what is kept of it."""

from typing import Final

from bridge.accounts.condition import Condition, Standing
from bridge.flows.configure import AccountEntry, Configure
from tests.flows.conftest import CHANNEL, SERVER, TOKEN, Rig, condition

OTHERS_TOKEN: Final = "MjIyMjIyMjIyMjIyMjIyMjIy.second.token"
OTHER_CHANNEL: Final = "1168473004498501653"


def configure(rig: Rig, standing: Standing = Standing.CONNECTED) -> Configure:
    """Return what changes the list, while every account has this standing."""

    def told(_: int) -> Condition | None:
        return condition(standing)

    return Configure(rig.database, rig.accounts, rig.notifier, rig.clock, told)


def entry(
    token: str = TOKEN, channel: str = CHANNEL, max_jobs: int = 3, server: str = SERVER
) -> AccountEntry:
    """Return an entry of the list, in the words of the test where it is not that of the rig."""
    return AccountEntry(server=server, channel=channel, token=token, max_jobs=max_jobs)


async def kinds(rig: Rig) -> list[str]:
    """Return the kind of every account that is kept, the oldest first."""
    rows = await rig.database.read(lambda tx: tx.all("SELECT kind FROM accounts ORDER BY id"))
    return [row["kind"] for row in rows]
