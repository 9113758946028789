"""Open connections: how many there are, in all and by address."""

import resource
from collections import Counter
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_IPV6_PREFIX: Final = 64
"""Addresses of one IPv6 network count as one: a single customer gets that many."""


class Connections:
    """The open connections."""

    def __init__(self, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._by_address: Counter[str | None] = Counter()
        self._count = 0

    def enter(self, address: str | None) -> bool:
        """Count a connection, unless there are too many already; without an address only in all."""
        if self._count >= self._most or self._by_address.get(address, 0) >= self._most_per_address:
            return False
        self._count += 1
        if address is not None:
            self._by_address[address] += 1
        return True

    def leave(self, address: str | None) -> None:
        """Count a connection that has ended."""
        self._count -= 1
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]


def counted_as(address: str) -> str:
    """Return what an address is counted as: IPv4 as itself, IPv6 by its network."""
    found = ip_of(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Address(int(found) >> _IPV6_PREFIX << _IPV6_PREFIX))
    return str(found or address)


def ip_of(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address as an IP address, an IPv4 address in IPv6 as IPv4; None if it is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def affordable(most: int) -> int:
    """Return how many connections the process can have: it needs files for itself as well."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else min(most, max(1, soft // 2))
