"""Stores the proof that a claimed POST did not run: only the process that claimed it has it.

Therefore no lease is needed: whoever has it now would wait for evidence that cannot come, and then give the
job up. Such a body changes only the interaction of its own nonce, and its job only while no other POST of it
has begun.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import structlog

from bridge.flows.context import AccountContext
from bridge.flows.step import Moved, notify_of
from bridge.store.database import StoreUnavailable, Tx

log = structlog.get_logger(__name__)

AGAIN_S: Final = 1.0
Proof: TypeAlias = Callable[[Tx], Sequence[Moved]]
"""Stores that a POST did not run. It may be run again when it has been, since that may not be known."""


def unsent(account: int) -> str:
    """Return what is notified to every process: whoever has the lease now may send the job of a proof.

    `account:…` stays in a process that still waits for it itself.
    """
    return f"unsent:{account}"


class Proofs:
    """The proofs of one account: there is at most one that is not stored yet."""

    def __init__(self, context: AccountContext) -> None:
        self._context = context
        self._unstored: Proof | None = None

    async def store(self, proof: Proof) -> Sequence[Moved]:
        """Store a proof, as soon as the database is available; return what it has moved."""
        self._unstored = proof
        while True:
            try:
                moved = await self._context.unfenced.write(proof)
                break
            except StoreUnavailable as error:
                log.warning("proof_is_waiting", reason=str(error))
                await self._context.clock.sleep(AGAIN_S)
        self._unstored = None
        if self._context.lease_left_s() <= 0:
            self._context.notifier.notify(unsent(self._context.account.id))
        return moved

    async def store_rest(self) -> None:
        """Store the proof that a cancellation has kept from being stored."""
        if self._unstored is not None:
            notify_of(self._context.notifier, await self.store(self._unstored))
