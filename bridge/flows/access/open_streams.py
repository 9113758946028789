"""The streams of each token: how many are open, and their end when the token no longer opens the API."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bridge.access.api_token import ApiToken, TokenState
from bridge.flows.access.known_tokens import KnownTokens
from bridge.ports import Clock
from bridge.store.database import StoreUnavailable

log = structlog.get_logger(__name__)

LOOK_S: Final = 0.5


class Connection(Protocol):
    """The connection of a stream."""

    @property
    def is_lost(self) -> bool:
        """Whether the reader has gone."""
        ...

    def end(self) -> None:
        """End the stream, if that has not begun."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class OpenStream:
    """A stream of a token."""

    token_id: str
    connection: Connection


class OpenStreams:
    """Knows the open streams. Looks at their tokens twice a second, and at nothing while there are none."""

    def __init__(self, tokens: KnownTokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock
        self._open: set[OpenStream] = set()
        self._is_any = asyncio.Event()

    @property
    def total(self) -> int:
        """How many streams are open."""
        return len(self._open)

    def count(self, token: ApiToken) -> int:
        """Return how many streams a token has open."""
        mine = (stream for stream in self._open if stream.token_id == token.id)
        return sum(not stream.connection.is_lost for stream in mine)

    @contextmanager
    def opened(self, token: ApiToken, connection: Connection) -> Iterator[None]:
        """Count a stream while the context is open, and end it when its token is revoked or expires."""
        stream = OpenStream(token.id, connection)
        self._open.add(stream)
        self._is_any.set()
        try:
            yield
        finally:
            self._open.discard(stream)

    async def run(self) -> None:
        """End streams until cancelled."""
        while True:
            await self._is_any.wait()
            await self._clock.sleep(LOOK_S)
            await self._look()
            if not self._open:
                self._is_any.clear()

    async def _look(self) -> None:
        """End the streams of tokens that are no longer active, and those that nobody reads any more.

        If the tokens cannot be read, what was read last counts.
        """
        if not self._open:
            return
        try:
            await self._tokens.refresh()
        except StoreUnavailable as error:
            log.warning("tokens_were_not_read", reason=str(error))
        now_ms = self._clock.now_ms()
        for stream in list(self._open):
            token = self._tokens.of_id(stream.token_id)
            is_active = token is not None and token.state(now_ms) is TokenState.ACTIVE
            if stream.connection.is_lost or not is_active:
                stream.connection.end()
