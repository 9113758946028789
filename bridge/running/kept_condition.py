"""What other processes must know of a running account: stored when it has changed."""

from dataclasses import dataclass

import structlog

from bridge.accounts.condition import Condition
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.flows.context import AccountContext
from bridge.flows.hear.unmatched import Unmatched
from bridge.store.database import StoreUnavailable
from bridge.store.rows import conditions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What is stored of an account."""

    condition: Condition
    unmatched: UnmatchedVideos


class KeptCondition:
    """Stores the condition of one account, and how many videos no job of it got."""

    def __init__(self, context: AccountContext, unmatched: Unmatched) -> None:
        self._context = context
        self._unmatched = unmatched
        self._stored: Told | None = None

    async def save(self) -> None:
        """Store what has changed since it was stored last; if that fails, the next call does."""
        account = self._context.account.id
        told = Told(self._context.condition(), self._unmatched.videos())
        if told == self._stored:
            return
        try:
            await self._context.database.write(
                lambda tx: conditions.keep(tx, account, told.condition, told.unmatched)
            )
        except StoreUnavailable as error:
            log.warning("condition_was_not_kept", reason=str(error))
            return
        self._stored = told
        self._context.notifier.notify("known-accounts")
