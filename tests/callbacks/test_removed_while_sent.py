"""A delivery is deleted while its attempt is in progress, as the removal of a tenant does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.callbacks.sender import CallbackSender
from bridge.notifier import LocalNotifier
from bridge.store.database import Tx
from bridge.store.rows import removals
from bridge.store.rows.deliveries import receiver_of
from bridge.store.sqlite.sqlite import SqliteDatabase
from tests.callbacks.outbox import owe, settled
from tests.tools.hand_clock import HandClock


class Removing:
    """A receiver during each of whose answers everything of the tenant is deleted."""

    def __init__(self, database: SqliteDatabase, status: int) -> None:
        self.database = database
        self.status = status

    async def answer(self, _: web.Request) -> web.Response:
        await self.database.write(lambda tx: removals.delete_some(tx, "default", 50))
        return web.Response(status=self.status)


async def accepted(_: web.Request) -> web.Response:
    return web.Response()


class Defective:
    """A database that makes one claim, and fails at every later write."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.read, self.query = database.read, database.query
        self._database = database
        self._has_claimed = False

    async def write(self, body: Callable[[Tx], Any]) -> Any:
        if self._has_claimed:
            raise TypeError("a defect")
        self._has_claimed = True
        return await self._database.write(body)


@asynccontextmanager
async def serving(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize("status", [200, 410, 500])
async def test_a_delivery_that_is_deleted_during_its_attempt_leaves_the_sender_at_work(
    database: SqliteDatabase, notifier: LocalNotifier, status: int
) -> None:
    async with serving(Removing(database, status).answer) as removing, serving(accepted) as other:
        await database.write(lambda tx: owe(tx, removing, 1))
        notifier.notify("deliveries")
        await settled(database, notifier)

        await database.write(lambda tx: owe(tx, other, 2))
        notifier.notify("deliveries")

        await settled(database, notifier, ("msg-2", "delivered", 1))
    rows = await database.read(lambda tx: tx.all("SELECT delivery FROM attempts"))
    assert [row["delivery"] for row in rows] == ["msg-2"]


async def test_an_attempt_that_cannot_be_counted_either_leaves_the_sender_at_work(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, sender: CallbackSender
) -> None:
    async with serving(accepted) as url:
        await clock.sleeper_s()
        sender._database = Defective(database)
        await database.write(lambda tx: owe(tx, url, 1))
        with notifier.subscribe("callbacks") as ended:
            notifier.notify("deliveries")
            await ended.wait(3600)
        sender._database = database

        await database.write(lambda tx: owe(tx, url, 2))
        notifier.notify("deliveries", receiver_of(url))

        await settled(database, notifier, ("msg-1", "pending", 0), ("msg-2", "delivered", 1))
