"""Which account takes a job: the free ones, in the order they came (shuffled by the caller)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.accounts.account import Account


@dataclass(frozen=True, slots=True)
class Full:
    """Every account that could take it is full: `max_jobs` in all, held by `executing`."""

    max_jobs: int
    executing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Every account with a free slot keeps silent until `until_ms`, as Discord asked."""

    until_ms: int


def choose(
    accounts: Sequence[Account], executing: Mapping[str, Sequence[str]], most: int | None, now_ms: int
) -> Account | Full | Held:
    """Return the first account with a free slot that is not held, or why there is none.

    `executing` gives the open jobs by channel; `most` overrides each account's own limit.
    """
    free = [account for account in accounts if len(executing[account.channel]) < (most or account.max_jobs)]
    if not free:
        return _full(accounts, executing, most)
    ready = [account for account in free if account.hold_until_ms <= now_ms]
    return ready[0] if ready else Held(min(account.hold_until_ms for account in free))


def _full(accounts: Sequence[Account], executing: Mapping[str, Sequence[str]], most: int | None) -> Full:
    ids = [job_id for account in accounts for job_id in executing[account.channel]]
    return Full(sum(most or account.max_jobs for account in accounts), tuple(dict.fromkeys(ids)))
