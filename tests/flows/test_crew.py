"""The crew follows the store, also while Discord replaces a token under its eyes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from bridge.account import Pace, RunningAccount
from bridge.accounts.account import Account
from bridge.chat import Channel
from bridge.crew import LocalCrew
from bridge.pixverse.profile import DEFAULT
from bridge.sessions.port import Session, StoreToken
from bridge.store.database import Database, Tx
from bridge.store.uploads import uploads_in
from tests.flows.conftest import TOKEN, FakeSession, Rig

SECOND: Final = "MTExMTExMTExMTExMTExMTEx.second.token"
THIRD: Final = "MTExMTExMTExMTExMTExMTEx.third.token"
Value = TypeVar("Value")


class QuietSession(FakeSession):
    """Never changes."""

    async def changed(self) -> None:
        await asyncio.Event().wait()


@dataclass
class Opened:
    """Opens sessions; remembers with which tokens, and how the newest stores another."""

    tokens: list[str] = field(default_factory=list)
    stores: list[StoreToken] = field(default_factory=list)

    def open(self, token: str, channel: Channel, store_token: StoreToken) -> Session:
        self.tokens.append(token)
        self.stores.append(store_token)
        return QuietSession()


@dataclass
class Overlapped:
    """A database of which a read is overlapped by a replaced token."""

    real: Database
    sessions: Opened
    overlapped: list[str] = field(default_factory=list)

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        found = await self.real.read(body)
        if self.overlapped:
            await self.sessions.stores[-1](self.overlapped.pop())
        return found

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        return await self.real.write(body)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.to_thread(lambda: None)


async def test_a_token_that_is_replaced_while_the_crew_reads_restarts_nothing(
    rig: Rig, tmp_path: Path
) -> None:
    sessions = Opened()
    database = Overlapped(rig.database, sessions)

    def make(account: Account, session: Session) -> RunningAccount:
        uploads, pace = uploads_in(tmp_path), Pace(0, 1800)
        return RunningAccount(account, session, rig.database, rig.bells, rig.clock, DEFAULT, uploads, pace)

    crew = LocalCrew(database, rig.accounts, rig.bells, rig.clock, sessions, make)
    running = asyncio.create_task(crew.run())
    await until(lambda: sessions.tokens == [TOKEN])

    database.overlapped = [SECOND]
    rig.bells.ring("accounts")
    await until(lambda: not database.overlapped)
    await rig.database.write(lambda tx: rig.accounts.replace_token(tx, rig.account.id, THIRD))
    rig.bells.ring("accounts")
    await until(lambda: THIRD in sessions.tokens)

    running.cancel()
    await asyncio.wait({running})
    assert sessions.tokens == [TOKEN, THIRD]
