"""Opens sessions: one connection per token, however many channels it serves."""

import asyncio
import itertools
import logging
from types import TracebackType

import structlog

from bridge.chat import Channel, GatewaySession
from bridge.doctor.seen import Seen
from bridge.logs import TALKATIVE
from bridge.metrics.gateway import GatewayMetrics
from bridge.ports import Clock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.examination import examined
from bridge.sessions.inbox import Size
from bridge.sessions.port import Overhear, Session, StoreToken
from bridge.sessions.reconnect import ReconnectLimits
from bridge.sessions.selfbot.one_post import LIMIT_S
from bridge.sessions.selfbot.rate_limit import Hold
from bridge.sessions.selfbot.reach import is_reached
from bridge.sessions.supervisor import Supervisor, Terms
from bridge.sessions.tasks import Tasks

log = structlog.get_logger(__name__)


class SelfbotSessions:
    """Sessions of user accounts; a context manager that closes them all on exit.

    If a connection's task dies, the exception is raised in the context, because nobody else would notice.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        *,
        pacing: ReconnectLimits | None = None,
        size: Size | None = None,
        post_limit_s: float = LIMIT_S,
        overhear: Overhear | None = None,
        metrics: GatewayMetrics | None = None,
    ) -> None:
        self._tasks = Tasks()
        self._terms = Terms(
            endpoint,
            clock,
            self._tasks,
            pacing or ReconnectLimits(),
            size or Size(),
            post_limit_s,
            overhear,
            metrics or GatewayMetrics(),
        )
        self._connections: list[Supervisor] = []
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> "SelfbotSessions":
        _keep_secrets_out_of_logs()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        connections, self._connections = self._connections, []
        sessions = [session for connection in connections for session in connection.sessions]
        await asyncio.gather(*(session.aclose() for session in sessions))
        await self._tasks.__aexit__(kind, error, trace)

    def open(
        self,
        token: str,
        channel: Channel,
        store_token: StoreToken,
        held_s: float = 0,
        resumed: GatewaySession | None = None,
    ) -> Session:
        """Return a session at once; it connects in the background, after a pending rate limit."""
        self._connections = [each for each in self._connections if each.sessions]
        hold = self._hold_of(token)
        hold.keep(held_s)
        for connection in self._connections:
            if connection.tokens.is_mine(token):
                return connection.join(token, channel, store_token)
        connection = Supervisor(self._terms, token, hold, next(self._numbers), resumed)
        self._connections.append(connection)
        return connection.join(token, channel, store_token)

    async def reaches_discord(self) -> bool:
        """Return whether Discord can be reached at all; asks it without a token."""
        return await is_reached(self._terms.endpoint)

    async def examine(self, token: str, place: Channel, most_bytes: int) -> Seen:
        """Return what Discord shows to an account, over REST alone; its connection is used if there is one.

        `most_bytes` is the largest file that is sent. What Discord does not show is told in the answer.
        """
        for connection in self._connections:
            if connection.sessions and connection.tokens.is_mine(token):
                return await connection.wire.examination(place, most_bytes).seen()
        terms = self._terms
        return await examined(terms.endpoint, terms.clock, token, place, most_bytes, self._hold_of(token))

    def _hold_of(self, token: str) -> Hold:
        """Return the rate limit of a token's person, shared by all tokens of the person."""
        of_person = (each.wire.hold for each in self._connections if each.tokens.is_of_person(token))
        return next(of_person, None) or Hold(self._terms.clock)


def _keep_secrets_out_of_logs() -> None:
    """Limit the library's log level, also if another program configured logging."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.getEffectiveLevel(), logging.INFO))
