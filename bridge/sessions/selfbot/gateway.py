"""The library's gateway socket, passing each raw event to the bridge before the next one is read."""

import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import structlog
from discord.flags import Capabilities
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from bridge.sessions.selfbot.raw_json import Raw, mapping

log = structlog.get_logger(__name__)

SHORTEST_BEAT_S: Final = 0.01
"""The shortest time between two heartbeats that is believed: less would occupy the process."""
_BROKEN: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the library raises on a frame that it cannot read."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A raw event; `sequence` numbers the events of one gateway session."""

    event: str
    payload: Raw
    sequence: int | None


Handle: TypeAlias = Callable[[Frame], Awaitable[None]]


class CapturedEvents(dict[str, Callable[[Any], None]]):
    """Replaces the library's event parsers: collects the raw events, so that the library handles none."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self.handle = handle
        self._collected: list[tuple[str, object]] = []

    def __getitem__(self, event: str) -> Callable[[Any], None]:
        return lambda payload: self._collected.append((event, payload))

    def drain(self) -> list[tuple[str, object]]:
        """Return the events since the last call."""
        collected, self._collected = self._collected, []
        return collected


class Gateway(DiscordWebSocket):
    """One gateway socket; `on_dead_connection` is called if a heartbeat stays unacknowledged.

    `on_beat` is called with the seconds that the acknowledgement of one took.
    """

    on_dead_connection: Callable[[], None] | None = None
    on_beat: Callable[[float], None] | None = None
    _ack_at_last_beat: float | None = None
    _is_voice_state_owed = False

    @property
    def capabilities(self) -> Capabilities:
        """Return the library's capabilities, without the one that lets Discord replace the token."""
        capabilities = super().capabilities
        capabilities.auth_token_refresh = False
        return capabilities

    async def received_message(self, msg: Any, /) -> None:
        """Process a frame; return when its event has been handled.

        A frame that cannot be read is left out, unless the session has not begun yet: it may have been READY.
        """
        sequence, keep_alive = self.sequence, self._keep_alive
        acknowledged = keep_alive._last_ack if keep_alive is not None else None
        try:
            await super().received_message(msg)
        except _BROKEN as error:
            if self.session_id is None:
                raise
            self._leave_out(type(error).__name__, sequence)
        except zlib.error:
            log.warning("frames_not_unpacked")
            raise ReconnectWebSocket from None
        if type(self.sequence) is not int and self.sequence is not None:
            self._leave_out("sequence", sequence)
        if self._keep_alive is not keep_alive:
            self._check_beat(keep_alive)
        elif keep_alive is not None and keep_alive._last_ack != acknowledged and self.on_beat is not None:
            self.on_beat(keep_alive.latency)
        await self._handle_events()

    async def voice_state(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing yet: the library sends this on READY, but a replaced token must be stored first."""
        self._is_voice_state_owed = True

    async def send_heartbeat(self, data: Any) -> None:
        """Send a heartbeat, unless the previous one was not acknowledged (a dead connection)."""
        keep_alive = self._keep_alive
        acknowledged = keep_alive._last_ack if keep_alive is not None else None
        is_dead = acknowledged is not None and acknowledged == self._ack_at_last_beat
        self._ack_at_last_beat = acknowledged
        if is_dead and self.on_dead_connection is not None:
            self.on_dead_connection()
            return
        await super().send_heartbeat(data)

    async def _handle_events(self) -> None:
        tap = self._discord_parsers
        if not isinstance(tap, CapturedEvents):
            return
        for event, payload in tap.drain():
            if isinstance(event, str):
                await tap.handle(Frame(event, mapping(payload) or {}, self.sequence))
            else:
                log.warning("frame_not_understood", error="event")
        await self._pay_voice_state()

    def _leave_out(self, why: str, sequence: int | None) -> None:
        """Forget a broken frame, and the position that it may have set."""
        log.warning("frame_not_understood", error=why)
        self.sequence = sequence
        if isinstance(self._discord_parsers, CapturedEvents):
            self._discord_parsers.drain()

    def _check_beat(self, before: Any) -> None:
        """Keep the heartbeats `before` a HELLO if it asks for impossible ones; otherwise end those."""
        beat = self._keep_alive
        if beat is None:
            return
        if beat.interval is not None and beat.interval >= SHORTEST_BEAT_S:
            if before is not None:
                before.stop()
            return
        log.warning("frame_not_understood", error="heartbeat_interval")
        beat.interval = None  # its task has not begun: with this it waits for the stop, and not at all
        beat.stop()
        self._keep_alive = before

    async def _pay_voice_state(self) -> None:
        is_owed, self._is_voice_state_owed = self._is_voice_state_owed, False
        if is_owed:
            await super().voice_state()
