"""The session of an account whose token cannot be decrypted: it is never connected and needs a person."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from typing import Final

from bridge.accounts.condition import Condition, Standing
from bridge.chat import Channel, GatewaySession, Heard, Interaction, Message
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared, Sent

REASON: Final = "The stored token cannot be decrypted: it is damaged, or encrypted with an unknown key"
REMEDY: Final = "POST the account with its token again"


class SessionWithoutToken:
    """Sends and hears nothing until the account gets a token, which opens another session."""

    def __init__(self, channel: Channel, now_ms: int) -> None:
        self.channel: Channel = channel
        self.condition: Condition = Condition(Standing.BAD_TOKEN, now_ms, REASON, REMEDY)
        self.user_id: str | None = None
        self.token: str | None = None
        self.next_try_ms: int | None = None
        self.held_until_monotonic_ms: int = 0
        self.most_file_bytes: int | None = None
        self._is_told = False
        self._closed = asyncio.Event()

    async def heard(self) -> AsyncIterator[Heard]:
        """Yield nothing until it is closed."""
        await self._closed.wait()
        nothing: Sequence[Heard] = ()
        for heard in nothing:
            yield heard

    async def changed(self) -> None:
        """Return once, and then never again: the condition stays."""
        if self._is_told:
            await self._closed.wait()
        self._is_told = True

    async def prepare(self, interaction: Interaction) -> Prepared | NotSent:  # noqa: ARG002 - the port's
        """Return that it cannot be sent."""
        return NotSent(REASON)

    def is_current(self, prepared: Prepared) -> bool:  # noqa: ARG002 - the port's
        """Return that nothing was prepared."""
        return False

    async def post(
        self,
        prepared: Prepared,  # noqa: ARG002
        nonce: str,  # noqa: ARG002
        *,
        leave_within_s: float = math.inf,  # noqa: ARG002
    ) -> Sent:
        """Return that it was not sent."""
        return NotSent(REASON)

    async def history(self, after: str, at_most: int) -> Sequence[Message]:  # noqa: ARG002 - the port's
        """Raise `HistoryUnavailable`."""
        raise HistoryUnavailable(REASON)

    async def message(self, message_id: str) -> Message | None:  # noqa: ARG002 - the port's
        """Raise `HistoryUnavailable`."""
        raise HistoryUnavailable(REASON)

    async def refresh(self, urls: Sequence[str]) -> dict[str, str]:  # noqa: ARG002 - the port's
        """Raise `HistoryUnavailable`."""
        raise HistoryUnavailable(REASON)

    def resumable(self) -> GatewaySession | None:
        """Return None: there is no connection."""
        return None

    async def hand_over(self) -> GatewaySession | None:
        """Return None: there is no connection."""
        return None

    async def aclose(self) -> None:
        """End `heard`."""
        self._closed.set()
