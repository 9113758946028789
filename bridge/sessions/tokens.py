"""The token of a connection, and which sessions still have to store a replaced one."""

import asyncio
from typing import Final

import structlog
from pydantic import SecretStr

from bridge.accounts.person import person_of
from bridge.sessions.outage import Outage
from bridge.sessions.port import StoreToken
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.tasks import Tasks
from bridge.sessions.trouble import Lost, trace_of

log = structlog.get_logger(__name__)

STORE_LIMIT_S: Final = 30.0


class Tokens:
    """Knows the newest token and which token each session has stored; its tasks run in `tasks`."""

    def __init__(self, identity: Identity, tasks: Tasks) -> None:
        self._identity = identity
        self._tasks = tasks
        self._newest = SecretStr(identity.token)
        self._stored: dict[object, tuple[StoreToken, SecretStr]] = {}
        self._is_storing = asyncio.Lock()

    def is_mine(self, token: str) -> bool:
        """Return whether `token` is this connection's: its newest, or one that a session was opened with."""
        mine = (self._newest, *(stored for _, stored in self._stored.values()))
        return any(token == each.get_secret_value() for each in mine)

    def is_of_person(self, token: str) -> bool:
        """Return whether `token` belongs to the person of this connection."""
        return person_of(token) == person_of(self._newest.get_secret_value())

    def join(self, session: object, token: str, store_token: StoreToken) -> None:
        """Add a session, with how it stores a token; `token` is what it has stored."""
        self._stored[session] = (store_token, SecretStr(token))

    def remove(self, session: object) -> None:
        """Remove a session."""
        self._stored.pop(session, None)

    def replaced_by(self, token: str) -> None:
        """Record that Discord replaced the current token by `token`."""
        self._newest = SecretStr(token)

    async def store(self) -> None:
        """Wait until the newest token is stored everywhere, then use it; raises `Lost`.

        A cancellation does not stop a store in progress: the old token may be invalid already.
        """
        storing = self._tasks.start(self._store_everywhere(), "store-token")
        if not await asyncio.shield(storing):
            raise Lost(Outage("the token that Discord replaced could not be stored"))

    async def _store_everywhere(self) -> bool:
        try:
            async with self._is_storing, asyncio.timeout(STORE_LIMIT_S):
                await self._store_where_owed()
        except Exception as error:  # noqa: BLE001 - one attempt: it is retried before anything is sent
            log.warning("token_not_stored", trace=trace_of(error))
            return False
        return True

    async def _store_where_owed(self) -> None:
        newest = self._newest
        for session, (store_token, stored) in list(self._stored.items()):
            if stored == newest:
                continue
            await store_token(newest.get_secret_value())
            self._stored[session] = (store_token, newest)
            log.info("token_stored")
        self._identity.replace_token(newest.get_secret_value())
