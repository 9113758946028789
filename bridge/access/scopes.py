"""Scopes: what an API token may be used for."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """A part of the API that a token can be limited to."""

    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    SECRETS_READ = "secrets:read"
    METRICS = "metrics"


ALL: Final = frozenset(Scope) - {Scope.METRICS}
"""What a token has if nothing else is said. The metrics tell of all tenants, and are given by name only."""


def in_order(scopes: Iterable[Scope]) -> list[Scope]:
    """Return scopes in the order in which they are declared, each once."""
    given = set(scopes)
    return [scope for scope in Scope if scope in given]
