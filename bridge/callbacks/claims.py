"""Which deliveries may be attempted now, and claims of them: for each receiver within its limits.

Everything here runs in a transaction.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.open_submits import AFTER_ANSWER_MS
from bridge.callbacks.receiver_limits import BREATH_MS, LimitsSnapshot
from bridge.errors import DataError
from bridge.store.database import Tx
from bridge.store.rows import deliveries, events, open_submits
from bridge.store.rows.deliveries import Delivery
from bridge.store.rows.events import Event

FRESH_MS: Final = 1_000
"""Deliveries that became due within this time are queried before all others."""
CLAIM_MS: Final = 30_000
"""How long a claim is valid beyond the limit of an attempt: after a crash it can be claimed again then."""


@dataclass(frozen=True, slots=True)
class Due:
    """The receivers for which deliveries can be claimed, with how many each; and when to query again (ms)."""

    healthy: Mapping[str, int]
    in_turn: Mapping[str, int]
    pause_ms: float

    @property
    def receivers(self) -> Sequence[str]:
        """All of these receivers."""
        return [*self.healthy, *self.in_turn]

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing can be claimed, so that no write is needed."""
        return not (self.healthy or self.in_turn)


@dataclass(frozen=True, slots=True)
class Claimer:
    """Names a transaction that claims, and says until when (ms)."""

    name: str
    now_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Content:
    """The event of a delivery (None: deleted), and the secrets that sign it (none: a removed tenant)."""

    event: Event | None
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A claimed delivery with its content, or why that cannot be read; and who has claimed it."""

    delivery: Delivery
    content: Content | DataError | ValueError
    claimer: Claimer


@dataclass(frozen=True, slots=True)
class Claims:
    """Finds and claims due deliveries."""

    wire: CallbackFormat

    def due(self, tx: Tx, room: LimitsSnapshot, now_ms: int, *, is_fresh_first: bool) -> Due:
        """Find what may be claimed; newly due deliveries do not wait until all others are read."""
        fresh = self._fresh(tx, room, now_ms) if is_fresh_first else {}
        return Due(fresh, {}, 0.0) if fresh else self._all(tx, room, now_ms)

    def claimer(self, now_ms: int) -> Claimer:
        """Return a name for a transaction that is about to claim."""
        return Claimer(secrets.token_hex(8), now_ms, now_ms + CLAIM_MS + round(self.wire.timeout_s * 1000))

    def claim(
        self, tx: Tx, due: Due, room: LimitsSnapshot, claimer: Claimer
    ) -> tuple[Sequence[ClaimedDelivery], float]:
        """Claim for all receivers below their limit, then a failing one; return when to query again (ms)."""
        now_ms = claimer.now_ms
        found = self._claimed_from(tx, due.healthy, room.most, room, claimer)
        turn = self._claimed_from(tx, due.in_turn, min(1, room.most - len(found)), room, claimer)
        claimed = [ClaimedDelivery(one, self._content(tx, one, now_ms), claimer) for one in found + turn]
        if len(found) == room.most or self._is_more_due(tx, due.healthy, found, now_ms):
            return claimed, 0.0
        next_turn_in_ms = BREATH_MS if turn else due.pause_ms
        return claimed, min(next_turn_in_ms, (deliveries.next_due_ms(tx, now_ms) or inf) - now_ms)

    def _fresh(self, tx: Tx, room: LimitsSnapshot, now_ms: int) -> Mapping[str, int]:
        receivers = deliveries.receivers_since(tx, now_ms - FRESH_MS, now_ms)
        return self._claimable(tx, room.healthy(receivers), room.most, now_ms)

    def _all(self, tx: Tx, room: LimitsSnapshot, now_ms: int) -> Due:
        receivers = deliveries.receivers(tx, now_ms)
        next_due_ms = (deliveries.next_due_ms(tx, now_ms) or inf) - now_ms
        return Due(
            healthy=self._claimable(tx, room.healthy(receivers), room.most, now_ms),
            in_turn=self._claimable(tx, room.in_turn(receivers), 1, now_ms),
            pause_ms=min(room.next_turn_in_ms(receivers), next_due_ms),
        )

    def _claimable(self, tx: Tx, shares: Mapping[str, int], most: int, now_ms: int) -> Mapping[str, int]:
        """Return at most `most` receivers below their limit for which something can be claimed."""
        found: dict[str, int] = {}
        for receiver, share in shares.items():
            if len(found) < most and share > 0 and deliveries.is_claimable(tx, receiver, now_ms):
                found[receiver] = share
        return found

    def _is_more_due(self, tx: Tx, shares: Mapping[str, int], found: Sequence[Delivery], now_ms: int) -> bool:
        """Return whether a receiver that got its share has more due: attempts may have ended since."""
        got = Counter(delivery.receiver for delivery in found)
        full = (receiver for receiver, share in shares.items() if got[receiver] >= share)
        return any(deliveries.is_claimable(tx, receiver, now_ms) for receiver in full)

    def _claimed_from(
        self, tx: Tx, shares: Mapping[str, int], most: int, room: LimitsSnapshot, claimer: Claimer
    ) -> list[Delivery]:
        """Claim for these receivers within their limits."""
        found: list[Delivery] = []
        for receiver, share in shares.items():
            found += self._claimed_for(tx, receiver, min(most - len(found), share), room, claimer)
        return found

    def _claimed_for(
        self, tx: Tx, receiver: str, at_most: int, room: LimitsSnapshot, claimer: Claimer
    ) -> Sequence[Delivery]:
        """Claim due deliveries of a receiver, except those in progress or waiting for their submit's answer.

        The waiting ones are postponed, and the next ones are tried.
        """
        now_ms, until_ms = claimer.now_ms, claimer.until_ms
        found: list[Delivery] = []
        under_way: list[Delivery] = []
        is_at_end = at_most <= 0
        while not is_at_end:
            is_at_end = True
            for delivery in deliveries.claim(
                tx, receiver, now_ms, until_ms, at_most - len(found), claimer.name
            ):
                if wait_ms := _wait_ms(tx, delivery.job, room, now_ms):
                    deliveries.postpone(tx, delivery.id, now_ms + wait_ms)
                    is_at_end = False
                else:
                    (under_way if delivery.id in room.under_way else found).append(delivery)
        for delivery in under_way:
            deliveries.release(tx, delivery.id)
        return found

    def _content(self, tx: Tx, delivery: Delivery, now_ms: int) -> Content | DataError | ValueError:
        """Return the content of a delivery; if it cannot be read, only this attempt fails."""
        try:
            return Content(events.at(tx, delivery.position), self.wire.secrets(tx, delivery.tenant, now_ms))
        except (DataError, ValueError) as error:
            return error


def release(tx: Tx, receivers: Iterable[str], claimer: Claimer) -> None:
    """Release what is left of the claims of a transaction, if it was committed."""
    for receiver in receivers:
        deliveries.release_claimed(tx, receiver, claimer.until_ms, claimer.name)


def _wait_ms(tx: Tx, job: str, room: LimitsSnapshot, now_ms: int) -> int:
    """Return how long a callback waits for its submit's answer: this process knows it, or else a row."""
    if job in room.open_submits or job in room.answered_submits:
        return room.open_submits.get(job, 0)
    return min(AFTER_ANSWER_MS, open_submits.wait_ms(tx, job, now_ms))
