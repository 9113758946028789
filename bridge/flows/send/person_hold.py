"""The rate limit that Discord puts on a person, stored for all accounts of the person and for a restart."""

from bridge.flows.context import AccountContext
from bridge.store.rows import accounts


class PersonHold:
    """Stores until when the session of one account sends nothing."""

    def __init__(self, context: AccountContext) -> None:
        self._context = context
        self._stored_ms = 0

    async def store(self) -> None:
        """Store the session's rate limit if it is new and not over."""
        held_until_ms, now_ms = self._context.session.held_until_monotonic_ms, self._context.clock.now_ms()
        until_ms = now_ms + held_until_ms - self._context.clock.monotonic_ms()
        if held_until_ms == self._stored_ms or until_ms <= now_ms:
            return
        account = self._context.account.id
        await self._context.database.write(lambda tx: accounts.hold_person(tx, account, now_ms, until_ms))
        self._stored_ms = held_until_ms
