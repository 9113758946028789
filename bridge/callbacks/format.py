"""How callbacks are sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from bridge.store.database import Tx
from bridge.store.rows.events import Event


async def _as_it_is(event: Event) -> Event:
    return event


@dataclass(frozen=True, slots=True)
class CallbackFormat:
    """How callbacks are sent: bodies, secrets, the limit of an attempt and the pauses in between (seconds).

    `secrets` returns a tenant's valid secrets, `renewed` an event with valid links, `open_submits` the jobs
    whose callbacks must wait, and for how long (ms), `answered_submits` jobs whose callbacks need not.
    """

    encode: Callable[[Event], bytes]
    secrets: Callable[[Tx, str, int], Sequence[str]]
    timeout_s: float
    pauses_s: Sequence[float]
    renewed: Callable[[Event], Awaitable[Event]] = _as_it_is
    open_submits: Callable[[], Mapping[str, int]] = dict
    answered_submits: Callable[[], Set[str]] = frozenset
