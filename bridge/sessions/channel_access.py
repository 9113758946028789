"""Whether an account sees the channel of a session: looked at after a connect, and again until it does."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from bridge.ports import Clock
from bridge.sessions.port import HistoryUnavailable
from bridge.sessions.session import ChannelSession
from bridge.sessions.tasks import Tasks

if TYPE_CHECKING:
    import asyncio

AGAIN_S: Final = 300.0
"""How long until the next look of an account without access, if no event says that it has been let in."""


class ChannelAccess:
    """Looks for one session. `on_regained` is awaited when an account that had no access has it again."""

    def __init__(
        self,
        session: ChannelSession,
        tasks: Tasks,
        clock: Clock,
        on_regained: Callable[[ChannelSession], Awaitable[None]],
    ) -> None:
        self._session = session
        self._tasks = tasks
        self._clock = clock
        self._on_regained = on_regained
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Look at once, and then now and then while the account has no access."""
        self._start(0)

    def look_later(self) -> None:
        """Look in a while, unless a look is planned."""
        if self._task is None or self._task.done():
            self._start(AGAIN_S)

    def end(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    def _start(self, after_s: float) -> None:
        self.end()
        self._task = self._tasks.start(self._run(after_s), f"access-{self._session.channel.id}")

    async def _run(self, after_s: float) -> None:
        if after_s:
            await self._clock.sleep(after_s)
        while not await self._is_seen():
            await self._clock.sleep(AGAIN_S)

    async def _is_seen(self) -> bool:
        """Return whether no further look is needed; without an answer nothing changes."""
        try:
            trouble = await self._session.look_at_channel()
        except HistoryUnavailable:
            self._session.leave_unanswered()
            return not self._session.lacks_access
        if trouble is not None:
            self._session.trouble_here(trouble)
            return False
        if self._session.lacks_access:
            await self._on_regained(self._session)
        self._session.has_access()
        return True
