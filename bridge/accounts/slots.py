"""Chooses the account of a job: the first free one, as the caller has shuffled or sorted them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.accounts.account import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The used slots of an account, and what a job needs of the account; without its token.

    `hold_until_ms`: the end of its rate limit. `is_paused`: it takes no new jobs.
    """

    account: int
    kind: Kind
    server: str
    channel: str
    mask: str
    max_jobs: int
    taken: int
    hold_until_ms: int = 0
    is_paused: bool = False

    def has_room(self, most: int | None) -> bool:
        """Return whether a slot is free; `most` overrides the account's own limit."""
        return self.taken < (most or self.max_jobs)


@dataclass(frozen=True, slots=True)
class Full:
    """All accounts are full: `max_jobs` in total, used by the jobs `executing`."""

    max_jobs: int
    executing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paused:
    """The account of `channel` takes no new jobs; None: no account does."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """All accounts with a free slot have a rate limit until `until_ms`."""

    until_ms: int


def first_ready(slots: Sequence[Slots], most: int | None, now_ms: int) -> Slots | None:
    """Return the first account with a free slot and without a rate limit."""
    return next((each for each in slots if each.has_room(most) and each.hold_until_ms <= now_ms), None)


def why_none(slots: Sequence[Slots], executing: Mapping[str, Sequence[str]], most: int | None) -> Full | Held:
    """Return why no account can take a job; `executing` are the open jobs by channel."""
    held = [each.hold_until_ms for each in slots if each.has_room(most)]
    if held:
        return Held(min(held))
    ids = [job_id for each in slots for job_id in executing.get(each.channel, ())]
    return Full(sum(most or each.max_jobs for each in slots), tuple(dict.fromkeys(ids)))
