"""The library's gateway socket, passing each raw event to the bridge before the next one is read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from discord.flags import Capabilities
from discord.gateway import DiscordWebSocket

from bridge.sessions.selfbot.raw_json import Raw, mapping


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
    """One gateway socket; `on_dead_connection` is called if a heartbeat stays unacknowledged."""

    on_dead_connection: Callable[[], None] | None = None
    _ack_at_last_beat: float | None = None
    _is_voice_state_owed = False

    @property
    def capabilities(self) -> Capabilities:
        """Return the library's capabilities, without the one that lets Discord replace the token."""
        capabilities = super().capabilities
        capabilities.auth_token_refresh = False
        return capabilities

    async def received_message(self, msg: Any, /) -> None:
        """Process a frame; return when its event has been handled."""
        await super().received_message(msg)
        tap = self._discord_parsers
        if not isinstance(tap, CapturedEvents):
            return
        for event, payload in tap.drain():
            await tap.handle(Frame(event, mapping(payload) or {}, self.sequence))
        await self._pay_voice_state()

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

    async def _pay_voice_state(self) -> None:
        is_owed, self._is_voice_state_owed = self._is_voice_state_owed, False
        if is_owed:
            await super().voice_state()
