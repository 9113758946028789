"""Which addresses callbacks and alerts may reach: public ones, and the networks that the operator has listed.

The tables follow IANA's registries of special-purpose addresses; metadata addresses are those that the large
clouds document. Pure: nothing here resolves a name or opens a connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address


def _table(rows: Sequence[tuple[str, str]]) -> Sequence[tuple[Network, str]]:
    return [(IPv6Network(text) if ":" in text else IPv4Network(text), kind) for text, kind in rows]


_IPV4: Final = _table(
    [
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("127.0.0.0/8", "a loopback address"),
        ("168.63.129.16/32", "a cloud's metadata address"),
        ("169.254.169.254/32", "a cloud's metadata address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "an address for protocols"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a 6to4 relay's address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "a reserved address"),
    ]
)
_IPV6: Final = _table(
    [
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("::/96", "an IPv4-compatible address"),
        ("64:ff9b:1::/48", "a local NAT64 address"),
        ("2001::/32", "a Teredo address"),
        ("2001:2::/48", "an address for benchmarks"),
        ("2001::/23", "an address for protocols"),
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "a 6to4 address"),
        ("3ffe::/16", "a reserved address"),
        ("3fff::/20", "an address for documentation"),
        ("fd00:ec2::254/128", "a cloud's metadata address"),
        ("fd20:ce::254/128", "a cloud's metadata address"),
        ("fc00::/7", "a unique-local address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    ]
)
"""The first row that contains an address says what it is."""
_ASSIGNED: Final = IPv6Network("2000::/3")
"""The only part of IPv6 from which public addresses are assigned."""
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AllowedAddresses:
    """The addresses that may be reached: public ones, and those in the `listed` networks."""

    listed: Sequence[Network] = ()

    def refusal(self, text: str) -> str | None:
        """Return what an address is, if it may not be reached; None for an allowed one.

        An IPv4-mapped address is treated as the IPv4 address it contains, since that is what it connects to.
        """
        try:
            address = ip_address(text)
        except ValueError:
            return "no address in its usual form"
        if isinstance(address, IPv6Address):
            if address.scope_id is not None:
                return "an address with a zone"
            address = address.ipv4_mapped or address
        if any(address in network for network in self.listed):
            return None
        return _special(address)


def _special(address: _Address) -> str | None:
    """Return what an address is that is not public.

    An address of NAT64 leads to the IPv4 address in it; on an IPv6-only host all IPv4 receivers have one.
    """
    if address in _NAT64:
        return _special(IPv4Address(int(address) & 0xFFFF_FFFF))
    for network, kind in _IPV4 if isinstance(address, IPv4Address) else _IPV6:
        if address in network:
            return kind
    if isinstance(address, IPv6Address) and address not in _ASSIGNED:
        return "a reserved address"
    return None
