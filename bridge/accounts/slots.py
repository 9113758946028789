"""Which account takes a job: the free ones, in the order they came (shuffled by the caller)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.accounts.account import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """How much of an account is taken, and what a job on it has of it; no token.

    `hold_until_ms`: Discord asked for silence until then.
    """

    account: int
    kind: Kind
    server: str
    channel: str
    mask: str
    max_jobs: int
    taken: int
    hold_until_ms: int = 0

    def has_room(self, most: int | None) -> bool:
        """Tell whether a slot is free; `most` overrides the account's own limit."""
        return self.taken < (most or self.max_jobs)


@dataclass(frozen=True, slots=True)
class Full:
    """Every account that could take it is full: `max_jobs` in all, held by `executing`."""

    max_jobs: int
    executing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Every account with a free slot keeps silent until `until_ms`, as Discord asked."""

    until_ms: int


def first_ready(slots: Sequence[Slots], most: int | None, now_ms: int) -> Slots | None:
    """Return the first account with a free slot that is not held."""
    return next((each for each in slots if each.has_room(most) and each.hold_until_ms <= now_ms), None)


def why_none(slots: Sequence[Slots], executing: Mapping[str, Sequence[str]], most: int | None) -> Full | Held:
    """Return why no account can take a job now; `executing` gives the open jobs by channel."""
    held = [each.hold_until_ms for each in slots if each.has_room(most)]
    if held:
        return Held(min(held))
    ids = [job_id for each in slots for job_id in executing.get(each.channel, ())]
    return Full(sum(most or each.max_jobs for each in slots), tuple(dict.fromkeys(ids)))
