"""One channel's view of a connection, with its own queue and condition."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextvars import copy_context
from typing import Protocol

import structlog
from structlog.contextvars import bind_contextvars

from bridge.accounts.condition import Condition, Standing
from bridge.chat import Channel, GatewaySession, Heard, Interaction, Listening, Message
from bridge.metrics.gateway import GatewayMetrics
from bridge.ports import Clock
from bridge.sessions.inbox import Inbox, Size
from bridge.sessions.outage import Outage
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared, Sent
from bridge.sessions.selfbot.account_http import AccountHttp
from bridge.sessions.trouble import Trouble

log = structlog.get_logger(__name__)

CLOSED = "the session is closed"
FELL_BEHIND = "event queue overflowed; re-reading history"
IN_QUESTION = "the bridge is looking whether the account sees the channel or thread"
NOT_YET = "the login to Discord has not been answered yet"


class SharedConnection(Protocol):
    """The connection that a session shares with other sessions of its token."""

    wire: AccountHttp
    user_id: str | None
    has_been_up: bool
    outage: Outage | None
    next_try_ms: int | None

    @property
    def token(self) -> str:
        """The token that is logged in with."""
        ...

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with the account itself."""
        ...

    def resumable(self) -> GatewaySession | None:
        """Return how another process can go on behind the last event."""
        ...

    async def hand_over(self) -> GatewaySession | None:
        """End the connection, and return how another process can resume it, if it can."""
        ...

    async def disconnect(self, session: "ChannelSession") -> None:
        """Remove a session from the connection."""
        ...

    def watch_access(self, session: "ChannelSession") -> None:
        """Look now and then whether the account of a session sees its channel again."""
        ...


class ChannelSession:
    """A session of the port; the connection passes in events and reports when it is up or lost."""

    def __init__(
        self,
        line: SharedConnection,
        channel: Channel,
        clock: Clock,
        size: Size,
        metrics: GatewayMetrics | None = None,
    ) -> None:
        self.channel = channel
        self._about = copy_context()
        """What whoever opens the session logs of its account; its condition may change in another's task."""
        self._about.run(bind_contextvars, channel=channel.id)
        self.has_listened = False
        """Whether the session is subscribed on this connection; earlier events are not for its reader."""
        self.hears_replay = False
        """Whether they are: another process was subscribed, and its gateway session is being resumed."""
        self._line = line
        self._clock = clock
        self._metrics = metrics
        self._inbox = Inbox(size, self._on_drained, clock)
        self._reader = line.wire.reader(channel.id, self.trouble_here)
        self._is_up = False
        self._is_in_question = False
        self._is_closed = False
        self._is_taken = True
        self._is_announced = False
        self._trouble: Trouble | None = None
        self._bell = asyncio.Event()
        self._condition = self._told = Condition(Standing.CONNECTING, clock.now_ms())
        self.settle()

    @property
    def condition(self) -> Condition:
        """The condition of the connection, for this channel."""
        return self._condition

    @property
    def user_id(self) -> str | None:
        """The user id of the token; None until it is known."""
        return self._line.user_id

    @property
    def token(self) -> str:
        """The token that the connection logs in with."""
        return self._line.token

    async def heard(self) -> AsyncIterator[Heard]:
        """Yield received events until the session is closed."""
        while (heard := await self._inbox.take()) is not None:
            self._is_taken = False
            yield heard
            self._is_taken = True
            self._measure(heard)

    def _measure(self, heard: Heard) -> None:
        """Measure how long an event took that the reader has finished; those of people change nothing."""
        is_of_bot = not isinstance(heard, Message) or heard.author_is_bot is not False
        if self._metrics is not None and is_of_bot and not isinstance(heard, Listening):
            self._metrics.committed((self._clock.monotonic_ms() - self._inbox.arrived_ms) / 1000)

    async def changed(self) -> None:
        """Return when the condition has changed since the last call, or the session is closed."""
        while self._told == self._condition and not self._is_closed:
            self._bell.clear()
            await self._bell.wait()
        self._told = self._condition

    @property
    def next_try_ms(self) -> int | None:
        """The time of the next attempt to connect, which may have begun; None while connected."""
        return self._line.next_try_ms

    @property
    def held_until_monotonic_ms(self) -> int:
        """The monotonic time until which the person's global rate limit applies."""
        return self._line.wire.hold.until_ms

    @property
    def most_file_bytes(self) -> int | None:
        """How large a file may be, None while that is not known."""
        return self._line.wire.file_limits.of(self.channel.guild)

    async def prepare(self, interaction: Interaction) -> Prepared | NotSent:
        """Do everything that an interaction needs before its POST."""
        if not self._condition.is_connected:
            return self._not_connected()
        return await self._line.wire.sender.prepare(self.channel, interaction, self.trouble_here)

    def is_current(self, prepared: Prepared) -> bool:
        """Return whether a prepared interaction can still be posted."""
        return self._line.wire.sender.is_current(self.channel, prepared)

    async def post(self, prepared: Prepared, nonce: str, *, leave_within_s: float = math.inf) -> Sent:
        """Run a prepared interaction with exactly one POST."""
        if not self._condition.is_connected:
            return self._not_connected()
        sender = self._line.wire.sender
        return await sender.post(self.channel, prepared, nonce, self.trouble_here, leave_within_s)

    async def history(self, after: str, at_most: int) -> Sequence[Message]:
        """Return up to `at_most` messages after `after`, oldest first; raises `HistoryUnavailable`."""
        self._check_usable()
        return await self._reader.history(after, at_most)

    async def message(self, message_id: str) -> Message | None:
        """Return a message as it is now; raises `HistoryUnavailable`."""
        self._check_usable()
        return await self._reader.message(message_id)

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:
        """Return fresh links, keyed by the old ones; raises `HistoryUnavailable`."""
        self._check_usable()
        return await self._reader.refresh(urls)

    @property
    def is_idle(self) -> bool:
        """Return whether the reader has finished every event."""
        return self._is_taken and self._inbox.is_empty and not self._inbox.has_dropped

    def resumable(self) -> GatewaySession | None:
        """Return how another process can go on behind the last event."""
        return self._line.resumable()

    async def hand_over(self) -> GatewaySession | None:
        """End the connection, and return how another process can resume it, if it can."""
        return await self._line.hand_over()

    async def aclose(self) -> None:
        """Disconnect the session; its readers and waiters return."""
        if self._is_closed:
            return
        self._is_closed = True
        self._inbox.close()
        self.settle()
        self._bell.set()
        await self._line.disconnect(self)

    def receive(self, heard: Heard) -> None:
        """Queue an event for the reader, or note an overflow."""
        if not (self.has_listened or self.hears_replay) or self._inbox.put(heard):
            return
        self._about.run(self._log_overflow, heard)
        self.settle()

    def begin_listening(self, *, is_resumed: bool, is_in_question: bool = False) -> None:
        """Record that from now on every event is received.

        `is_in_question`: whether the account sees the channel is looked at; until then it is not connected.
        """
        self._is_up = True
        self._is_in_question = is_in_question
        is_resumed = is_resumed and self.has_listened
        self.has_listened, self.hears_replay = True, False
        if not self._inbox.has_dropped:
            self._restart(is_resumed=is_resumed)
        elif self._inbox.is_empty:
            self._on_drained()
        self.settle()

    def lose(self) -> None:
        """Record that the connection is lost."""
        self._is_up = False
        self.settle()

    def trouble_here(self, trouble: Trouble) -> None:
        """Record what is wrong with the account in this channel."""
        self._trouble = trouble
        self._is_in_question = False
        self.settle()
        if trouble.ends_with_access:
            self._line.watch_access(self)

    @property
    def lacks_access(self) -> bool:
        """Return whether the account had no access to its channel when that was last known."""
        return self._trouble is not None and self._trouble.ends_with_access

    async def look_at_channel(self) -> Trouble | None:
        """Return what keeps the account from its channel, None for nothing; raises `HistoryUnavailable`."""
        return await self._reader.access_trouble()

    def has_access(self) -> None:
        """Record that the account sees its channel."""
        if self.lacks_access:
            self._trouble = None
        self.leave_unanswered()

    def leave_unanswered(self) -> None:
        """Ask no more whether the account sees its channel."""
        self._is_in_question = False
        self.settle()

    def settle(self) -> None:
        """Update the condition, and wake tasks that wait for a change."""
        self._announce_return()
        standing, reason, remedy = self._story()
        old = self._condition
        if (standing, reason, remedy) == (old.standing, old.reason, old.remedy):
            return
        since_ms = old.since_ms if standing is old.standing else self._clock.now_ms()
        self._condition = Condition(standing, since_ms, reason, remedy)
        self._bell.set()
        self._about.run(self._log, old)

    def _log(self, old: Condition) -> None:
        """Log what a person must do, and when that is done; `OutageLog` logs what is tried again."""
        new = self._condition
        log.debug("session_changed", standing=new.standing.value, reason=new.reason)
        if new.is_unusable:
            log.warning("account_needs_a_person", reason=new.reason, remedy=new.remedy)
        elif new.is_connected and (old.is_unusable or old.reason == IN_QUESTION):
            log.info("account_connected")

    def _log_overflow(self, heard: Heard) -> None:
        log.warning("heard_too_much", kind=type(heard).__name__)

    def _story(self) -> tuple[Standing, str | None, str | None]:
        """Return what the condition says. A closed session is no trouble: the account's next one goes on."""
        trouble = self._line.trouble or self._trouble
        if trouble is not None:
            return trouble.standing, trouble.reason, trouble.remedy
        if self._is_closed:
            return Standing.RECONNECTING, CLOSED, None
        if self._is_listening and not self._is_in_question:
            return Standing.CONNECTED, None, None
        if self._is_listening:
            is_first = self._condition.standing is Standing.CONNECTING
            return Standing.CONNECTING if is_first else Standing.RECONNECTING, IN_QUESTION, None
        standing = Standing.RECONNECTING if self._line.has_been_up else Standing.CONNECTING
        if self._inbox.has_dropped and self._is_up:
            return standing, FELL_BEHIND, None
        outage = self._line.outage or Outage(NOT_YET)
        return standing, outage.reason, outage.remedy

    @property
    def _is_listening(self) -> bool:
        """Return whether events are received, and nothing is known to be wrong."""
        has_trouble = (self._line.trouble or self._trouble) is not None
        return self._is_up and not self._inbox.has_dropped and not has_trouble and not self._is_closed

    def _on_drained(self) -> None:
        """Recover from an overflow: the queue is empty, now the reader reads the history."""
        if self._is_up:
            self._restart(is_resumed=False)
            self.settle()

    def _restart(self, *, is_resumed: bool) -> None:
        self._inbox.restart(self._listening(is_resumed=is_resumed))
        self._is_announced = True

    def _announce_return(self) -> None:
        """Report `Listening` for a session that is connected again although its connection never ended.

        It is unknown whether Discord sent everything to a locked account, so the history must be read.
        """
        is_listening = self._is_listening
        if is_listening and not self._is_announced:
            self._inbox.put(self._listening(is_resumed=False))
        self._is_announced = is_listening

    def _listening(self, *, is_resumed: bool) -> Listening:
        return Listening(is_resumed, self._line.user_id or "")

    def _not_connected(self) -> NotSent:
        return NotSent(f"not connected: {self._condition.reason or self._condition.standing}")

    def _check_usable(self) -> None:
        if self._is_closed or self._condition.standing in (Standing.BAD_TOKEN, Standing.STOPPED):
            raise HistoryUnavailable(f"not connected: {self._condition.reason or self._condition.standing}")
