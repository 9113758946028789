"""The writes of requests: each checks in its own transaction that the request's token still opens the API.

A picture may take two minutes to arrive, and a submit waits for a connection. Meanwhile the token may be
revoked or expire, or its tenant be removed: whoever takes the tenant's name then must not inherit anything.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from bridge.access.api_token import ApiToken, TokenState
from bridge.errors import BridgeError
from bridge.ports import Clock
from bridge.store.database import Database, Tx, Value
from bridge.store.rows import api_tokens

_TOKEN: Final = ContextVar[str]("token")
"""The id of the token of the request that the current task answers."""


class NoLongerAdmitted(BridgeError):
    """The token of a request has ended since the request was let in: nothing was written."""

    def __init__(self, state: TokenState | None) -> None:
        """`state` is None for a token that was deleted with its tenant."""
        super().__init__("the token of the request no longer opens the API")
        self.state = state


def admit(token: ApiToken) -> None:
    """Let the current task write for the request of a token."""
    _TOKEN.set(token.id)


@dataclass(frozen=True, slots=True)
class AdmittedDatabase:
    """The database for what requests write; raises `NoLongerAdmitted`, and `LookupError` outside requests."""

    database: Database
    clock: Clock

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` if the token of the request is active, and return its result."""
        token_id, now_ms = _TOKEN.get(), self.clock.now_ms()

        def admitted(tx: Tx) -> Value:
            token = api_tokens.by_id(tx, token_id)
            state = token.state(now_ms) if token else None
            if state is not TokenState.ACTIVE:
                raise NoLongerAdmitted(state)
            return body(tx)

        return await self.database.write(admitted)

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only and return its result."""
        return await self.database.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only for a request of the API and return its result."""
        return await self.database.query(body)
