"""The passing accounts that requests are waiting for: each runs until its last request is answered."""

from collections import Counter
from collections.abc import Iterator, Set
from contextlib import contextmanager


class KeptAccounts:
    """Accounts with their tenants, counted by the requests that keep them."""

    def __init__(self) -> None:
        self._requests: Counter[int] = Counter()
        self._tenants: dict[int, str] = {}

    @contextmanager
    def keeping(self, tenant: str, account: int) -> Iterator[None]:
        """Keep an account of a tenant while the context is open."""
        self._requests[account] += 1
        self._tenants[account] = tenant
        try:
            yield
        finally:
            self._requests[account] -= 1
            if not self._requests[account]:
                del self._requests[account], self._tenants[account]

    def all(self) -> Set[int]:
        """Return the accounts that are kept."""
        return frozenset(self._requests)

    def of(self, tenant: str) -> Set[int]:
        """Return the accounts of a tenant that are kept."""
        return frozenset(each for each, owner in self._tenants.items() if owner == tenant)
