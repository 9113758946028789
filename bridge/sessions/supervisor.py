"""Keeps a token's connection alive: one client after another, with pauses, until a person must act."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

from bridge.accounts.condition import Standing
from bridge.chat import Channel, GatewaySession
from bridge.grace import SESSION_S
from bridge.metrics.gateway import GatewayMetrics
from bridge.ports import Clock
from bridge.sessions.account_trouble import AccountTrouble
from bridge.sessions.channel_access import ChannelAccess
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.gateway_events import GatewayEvents
from bridge.sessions.inbox import Size
from bridge.sessions.outage import Outage
from bridge.sessions.outage_log import OutageLog
from bridge.sessions.port import Overhear, StoreToken
from bridge.sessions.reconnect import Reconnect, ReconnectLimits
from bridge.sessions.selfbot.account_http import AccountHttp
from bridge.sessions.selfbot.client import GatewayClient
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.one_post import LIMIT_S
from bridge.sessions.selfbot.rate_limit import ASKED_TO_WAIT, Hold
from bridge.sessions.session import ChannelSession
from bridge.sessions.tasks import Tasks
from bridge.sessions.tokens import Tokens
from bridge.sessions.trouble import Lost, Trouble, Troubled, not_in_server, trace_of

log = structlog.get_logger(__name__)

WIRE_LIMIT_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Terms:
    """What all connections share."""

    endpoint: Endpoint
    clock: Clock
    tasks: Tasks
    pacing: ReconnectLimits = field(default_factory=ReconnectLimits)
    size: Size = field(default_factory=Size)
    post_limit_s: float = LIMIT_S
    overhear: Overhear | None = None
    metrics: GatewayMetrics = field(default_factory=GatewayMetrics)


class Supervisor:
    """The connection of one token and the sessions that share it."""

    def __init__(
        self, terms: Terms, token: str, hold: Hold, number: int, resumed: GatewaySession | None = None
    ) -> None:
        self.sessions: list[ChannelSession] = []
        self._channels: list[str] = []
        self.user_id: str | None = None
        self.has_been_up = False
        self.outage: Outage | None = None
        self.next_try_ms: int | None = None
        self._terms = terms
        self._identity = Identity(token)
        self.tokens = Tokens(self._identity, terms.tasks)
        self.wire = AccountHttp(
            terms.endpoint,
            terms.clock,
            self._identity,
            hold,
            self._session_id,
            self._on_trouble,
            terms.post_limit_s,
        )
        self._hearing = GatewayEvents(self, self.wire.index, self.wire.file_limits, terms.overhear)
        self._pace = Reconnect(terms.clock, terms.pacing, on_pause=self._on_pause)
        self._outage_log = OutageLog(terms.clock)
        self._client: GatewayClient | None = None
        self._resumed = resumed
        self._handed_over: GatewaySession | None = None
        self._subscribed: frozenset[str] = frozenset()
        self._joined: frozenset[str] = frozenset()
        self._threads: frozenset[str] = frozenset()
        self._access: dict[ChannelSession, ChannelAccess] = {}
        self._troubles = AccountTrouble(terms.clock)
        self._halt: asyncio.Timeout | None = None
        self._wanted = asyncio.Event()
        self._name = f"connection-{number}"
        self._task = terms.tasks.start(self._run(), self._name)

    @property
    def token(self) -> str:
        """The token that is logged in with: one by which Discord replaced it once that is stored."""
        return self._identity.token

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with the account itself."""
        return self._troubles.current

    def join(self, token: str, channel: Channel, store_token: StoreToken) -> ChannelSession:
        """Return a new session; if it opens an account again, the connection clears its trouble."""
        self._troubles.opened(channel, [each.channel for each in self.sessions])
        if self.trouble is None:
            self._wanted.set()
        session = ChannelSession(self, channel, self._terms.clock, self._terms.size, self._terms.metrics)
        session.hears_replay = self._resumed is not None
        self._access[session] = ChannelAccess(session, self._terms.tasks, self._terms.clock, self._regained)
        self.sessions.append(session)
        self._channels.append(channel.id)
        self.tokens.join(session, token, store_token)
        self._settle()
        if self._client is not None and self._client.is_up:
            self._terms.tasks.start(self._welcome(session), f"{self._name}-welcome")
        return session

    async def disconnect(self, session: ChannelSession) -> None:
        """Remove a session; the last one closes the connection."""
        if session in self.sessions:
            self.sessions.remove(session)
            self._channels.remove(session.channel.id)
            self._access.pop(session).end()
            self.tokens.remove(session)
            self._troubles.closed(session.channel)
        if not self.sessions:
            await self.aclose()

    def resumable(self) -> GatewaySession | None:
        """Return how another process can go on behind the last event, None while one is being processed."""
        is_idle = all(session.is_idle for session in self.sessions)
        return self._client.gateway_session if self._client is not None and is_idle else None

    async def hand_over(self) -> GatewaySession | None:
        """End the connection so that another process can resume its session; return how, if it can.

        The first session that asks ends it for all: later events would be missed by the others.
        """
        if self._handed_over is None and (session := self.resumable()) is not None:
            self._handed_over = session
            if self._client is not None:
                self._client.is_handed_over = True
            await self.aclose()
        return self._handed_over

    async def aclose(self) -> None:
        """Close the connection, in less than two seconds."""
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=SESSION_S)

    async def on_ready(self, auth_token: str | None, guilds: frozenset[str], threads: frozenset[str]) -> None:
        """Store a replaced token, subscribe, and only then call the sessions connected."""
        if auth_token is not None:
            self.tokens.replaced_by(auth_token)
        self._subscribed, self._joined, self._threads = frozenset(), guilds, threads
        for session in self.sessions:
            session.has_listened = session.hears_replay = False
        await self._come_up(is_resumed=False)

    async def on_resumed(self) -> None:
        """Continue listening; a session that joined meanwhile may need its guild's subscription."""
        await self._come_up(is_resumed=True)

    def require_action(self, trouble: Trouble | None) -> None:
        """Record what Discord requires the account's owner to do."""
        self._troubles.require(trouble)
        self._settle()

    async def _run(self) -> None:
        clear_contextvars()  # the connection is not that account's alone which was opened first
        bind_contextvars(connection=self._name, channels=self._channels)
        try:
            while True:
                await self._live_and_note()
                await self._pace.wait(is_resume=False)
        finally:
            with suppress(Exception):
                async with asyncio.timeout(WIRE_LIMIT_S):
                    await self.wire.aclose()

    async def _live_and_note(self) -> None:
        """Run one client; return when the next one may start."""
        try:
            await self._live_or_wait()
        except Lost as lost:
            self.wire.hold.keep(lost.asked_s)
            self._on_lost(lost.outage)
            self._pace.has_failed()
        except Exception as error:  # noqa: BLE001 - one client: the next one may succeed
            log.warning("client_died", trace=trace_of(error))
            self._on_lost(Outage(f"the connection ended unexpectedly ({type(error).__name__})"))
            self._pace.has_failed()

    async def _live_or_wait(self) -> None:
        try:
            await self._live()
        except Troubled as troubled:
            await self._wait_for_person(troubled.trouble)

    async def _live(self) -> None:
        await self.tokens.store()
        await self._keep_silent()
        terms = self._terms
        client = GatewayClient(
            terms.endpoint, terms.clock, self._pace, self._hearing.handle, self._on_lost, terms.metrics
        )
        try:
            async with asyncio.timeout(None) as self._halt:
                await client.log_in(self._identity.token)
                self.user_id = client.account_id
                self._identity.present(client.presented_headers, client.cookies)
                self._client = client
                resumed, self._resumed = self._resumed, None
                await client.listen(resumed)
        except TimeoutError:
            if (trouble := self._troubles.found) is not None:
                raise Troubled(trouble) from None
            raise
        finally:
            self._client = self._halt = None
            await client.shut()

    async def _keep_silent(self) -> None:
        """Wait until the person's global rate limit has expired, before the login."""
        if self.wire.hold.is_on:
            self._on_lost(Outage(ASKED_TO_WAIT))
            self._on_pause(0)
            await self.wire.hold.over()

    async def _wait_for_person(self, trouble: Trouble) -> None:
        """Wait until an account is opened again, because a person has acted then."""
        log.debug("connection_rested", standing=trouble.standing.value, reason=trouble.reason)
        self._wanted.clear()
        self._troubles.find(trouble)
        self._on_lost(Outage(trouble.reason, trouble.remedy))
        await self._wanted.wait()

    async def _come_up(self, *, is_resumed: bool) -> None:
        client = self._client
        if client is None:
            return
        await self.tokens.store()
        client.use_token(self._identity.token)
        await self._subscribe()
        self.has_been_up, self.outage, self.next_try_ms = True, None, None
        client.has_come_up(is_resumed=is_resumed)
        self._terms.metrics.came_up(is_resumed=is_resumed)
        for session in self.sessions:
            self._let_listen(session, is_resumed=is_resumed)
        connected = [each.channel.id for each in self.sessions if each.condition.is_connected]
        self._outage_log.ended(connected, is_resumed=is_resumed)

    async def _subscribe(self) -> None:
        """Subscribe to the guilds of all sessions, including those that join meanwhile."""
        while self._client is not None:
            missing = frozenset(session.channel.guild for session in self.sessions) - self._subscribed
            if not missing:
                break
            await self._client.subscribe(missing)
            self._subscribed |= missing

    async def _welcome(self, session: ChannelSession) -> None:
        """Subscribe a session that joined a live connection."""
        try:
            await self.tokens.store()
            await self._subscribe()
        except Exception as error:  # noqa: BLE001 - one session: it subscribes on the next connection
            log.warning("session_not_welcomed", trace=trace_of(error))
            return
        if self._client is not None and self._client.is_up and not session.has_listened:
            self._let_listen(session, is_resumed=False)

    def _let_listen(self, session: ChannelSession, *, is_resumed: bool) -> None:
        """Start listening, and find out whether the account sees the channel.

        READY lists all its guilds, and the open threads that it is in. A channel and an archived thread are
        looked at, which nothing says otherwise before the first job.
        """
        is_known = is_resumed or not self._joined or session.channel.id in self._threads
        session.begin_listening(is_resumed=is_resumed, is_in_question=not is_known)
        if is_resumed:
            return
        if self._joined and session.channel.guild not in self._joined:
            session.trouble_here(not_in_server("this account is not a member of the server"))
        elif session.channel.id in self._threads:
            session.has_access()
        elif not is_known or session.lacks_access:
            self._access[session].look()

    def look_again(self, session: ChannelSession) -> None:
        """Look whether the account of a session sees its channel now."""
        self._access[session].look()

    def watch_access(self, session: ChannelSession) -> None:
        """Look now and then whether the account of a session sees its channel again."""
        self._threads -= {session.channel.id}
        if session in self._access:
            self._access[session].look_later()

    async def _regained(self, session: ChannelSession) -> None:
        """Subscribe again to the guild of a session: there may have been no access to it before."""
        self._joined = self._joined and self._joined | {session.channel.guild}
        self._subscribed -= {session.channel.guild}
        await self._welcome(session)

    def _session_id(self) -> str | None:
        return self._client.session_id if self._client is not None else None

    def _on_trouble(self, trouble: Trouble) -> None:
        """Record what an answer says about the account; an invalid token also ends the gateway connection."""
        self._troubles.find(trouble)
        self._settle()
        if trouble.standing is Standing.BAD_TOKEN and self._halt is not None:
            self._halt.reschedule(asyncio.get_running_loop().time())

    def _on_pause(self, pause_s: float) -> None:
        """Note when the next attempt is made, and log the outage."""
        hold_ms = self.wire.hold.until_ms - self._terms.clock.monotonic_ms()
        self.next_try_ms = self._terms.clock.now_ms() + max(round(pause_s * 1000), hold_ms)
        if self.outage is not None:
            channels = [each.channel.id for each in self.sessions]
            self._outage_log.waits(channels, self.outage, self.next_try_ms)

    def _on_lost(self, outage: Outage) -> None:
        self.outage = outage
        for session in self.sessions:
            session.lose()

    def _settle(self) -> None:
        for session in self.sessions:
            session.settle()
