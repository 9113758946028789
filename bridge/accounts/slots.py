"""Chooses the account of a job: the first free one, as the caller has shuffled or sorted them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bridge.accounts.account import Kind
from bridge.accounts.guard_rails import Guard, GuardRails

MOST_TOLD: Final = 3
"""Of how many accounts a refusal tells why: a tenant may have thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The used slots of an account, and what a job needs of the account; without its token.

    `hold_until_ms`: the end of its rate limit. `is_paused`: it takes no new jobs. `is_awaited`: jobs of its
    tenant wait in the queue. `guard`: what its guard `rails` say now.
    """

    account: int
    tenant: str
    kind: Kind
    server: str
    channel: str
    mask: str
    max_jobs: int
    taken: int
    hold_until_ms: int = 0
    is_paused: bool = False
    is_awaited: bool = False
    rails: GuardRails = field(default_factory=GuardRails)
    guard: Guard = field(default_factory=Guard)

    def has_room(self, most: int | None) -> bool:
        """Return whether a slot is free; `most` overrides the account's own limit."""
        return self.taken < (most or self.max_jobs)

    def is_ready(self, most: int | None, now_ms: int) -> bool:
        """Return whether it takes a job now: with a free slot, no rate limit, no closed guard rail."""
        return self.has_room(most) and self.hold_until_ms <= now_ms and not self.guard.is_closed

    def after_one_more(self) -> "Slots":
        """Return the slots after one more job."""
        guard = replace(self.guard, used_today=self.guard.used_today + 1)
        return replace(self, taken=self.taken + 1, guard=guard)


@dataclass(frozen=True, slots=True)
class Full:
    """All accounts are full: `max_jobs` in total, used by the jobs `executing`.

    `waiting`: how many jobs wait in the queue, which is full too; None without one.
    """

    max_jobs: int
    executing: tuple[str, ...]
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """The account of `channel` takes no new jobs; None: no account does."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """All accounts with a free slot have a rate limit until `until_ms`."""

    until_ms: int


@dataclass(frozen=True, slots=True)
class Guarded:
    """The guard rails of all accounts with a free slot are closed; `why` names each, the first opens then."""

    max_jobs: int
    executing: tuple[str, ...]
    opens_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class NotLabelled:
    """No account of the caller has all these labels."""

    labels: tuple[str, ...]


def first_ready(slots: Sequence[Slots], most: int | None, now_ms: int) -> Slots | None:
    """Return the first account with a free slot and without a rate limit."""
    return next((each for each in slots if each.is_ready(most, now_ms)), None)


def why_none(
    slots: Sequence[Slots], executing: Mapping[str, Sequence[str]], most: int | None
) -> Full | Held | Guarded:
    """Return why no account can take a job; `executing` are the open jobs by channel."""
    free = [each for each in slots if each.has_room(most)]
    if held := [each.hold_until_ms for each in free if not each.guard.is_closed]:
        return Held(min(held))
    ids = tuple(dict.fromkeys(job_id for each in slots for job_id in executing.get(each.channel, ())))
    most_jobs = sum(most or each.max_jobs for each in slots)
    if not free:
        return Full(most_jobs, ids)
    reasons = [f"Account {each.channel}: {each.guard.why}." for each in free[:MOST_TOLD]]
    return Guarded(most_jobs, ids, min(each.guard.opens_ms for each in free), " ".join(reasons))
