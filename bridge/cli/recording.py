"""`record`: opens the session of one account and records the bot's messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.access.tenant import DEFAULT as DEFAULT_TENANT
from bridge.accounts.account import Account
from bridge.app.bridge import endpoint
from bridge.app.configured import entries
from bridge.app.foundation import Foundation, open_foundation
from bridge.cli.announce import announce_ready, show, show_facts
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError, DataInUse, RecordingError
from bridge.flows.configure import Configure
from bridge.logs import Redactor
from bridge.recording.tape import Tape, tape_on
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session

CONNECT_S: Final = 60.0


@dataclass(frozen=True)
class RecordingAction:
    """What to record: the account's channel, the file, and for how long (None: until stopped)."""

    channel: str
    out: Path
    seconds: float | None


async def record(settings: Settings, redactor: Redactor, action: RecordingAction) -> None:
    """Record until the time is over or the process is asked to stop; raises `StartError`."""
    async with _foundation(settings, redactor) as foundation:
        account = await _account(settings, foundation, action.channel)
        with tape_on(action.out, redactor.clean_prose, foundation.clock, action.channel) as tape:
            async with SelfbotSessions(
                endpoint(settings), foundation.clock, overhear=tape.record
            ) as sessions:
                session = _opened(sessions, foundation, account)
                await _connected(session, action.channel)
                show_facts("Recording", {"channel": action.channel, "file": str(action.out)})
                announce_ready()
                await _listen(session, tape, action)


@asynccontextmanager
async def _foundation(settings: Settings, redactor: Redactor) -> AsyncIterator[Foundation]:
    async with AsyncExitStack() as stack:
        try:
            yield await stack.enter_async_context(open_foundation(settings, redactor))
        except DataInUse as error:
            hint = "stop it first, or let it record itself: serve --record FILE"
            raise DataInUse(f"{str(error).rstrip('.')}: {hint}.") from None


async def _account(settings: Settings, foundation: Foundation, channel: str) -> Account:
    """Return the account of a channel, as serve would run it."""
    configure = Configure(
        foundation.database, foundation.accounts, foundation.notifier, foundation.clock, lambda _account: None
    )
    await configure.apply(DEFAULT_TENANT, entries(settings))
    accounts = await foundation.database.read(lambda tx: foundation.accounts.configured(tx, DEFAULT_TENANT))
    for account in accounts:
        if account.channel == channel:
            return account
    known = ", ".join(account.channel for account in accounts) or "none"
    raise ConfigurationError(f"--channel: no account has the channel {channel}; there are: {known}")


def _opened(sessions: SelfbotSessions, foundation: Foundation, account: Account) -> Session:
    """Return the session of an account; raises `RecordingError` if its token is not known."""

    async def store_token(token: str) -> None:
        await foundation.database.write(lambda tx: foundation.accounts.replace_token(tx, account.id, token))

    if account.token is None:
        raise RecordingError(
            f"the account of channel {account.channel} needs its token again: it cannot be decrypted"
        )
    return sessions.open(account.token, account.place, store_token)


async def _connected(session: Session, channel: str) -> None:
    """Wait until the session listens; raises `RecordingError` if it cannot, or not in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_S):
            while not (session.condition.is_connected or session.condition.is_unusable):
                await session.changed()
    condition = session.condition
    if not condition.is_connected:
        reason = condition.reason or "Discord was not reached in time"
        raise RecordingError(f"the account of channel {channel} cannot listen: {reason}")


async def _listen(session: Session, tape: Tape, action: RecordingAction) -> None:
    """Record until the time is over; raises `RecordingError` if the file cannot be written any more."""
    try:
        async with asyncio.timeout(action.seconds):
            await _trouble(session, tape)
    except TimeoutError:
        return
    finally:
        show(f"Recorded {tape.count} events.")
    raise RecordingError(f"{action.out}: cannot be written: {tape.trouble}")


async def _trouble(session: Session, tape: Tape) -> None:
    """Wait until the tape fails to write."""
    async for _ in session.heard():
        if tape.trouble is not None:
            return
