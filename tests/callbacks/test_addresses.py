"""Which addresses may be reached: public ones and those that are listed, in whatever spelling."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.callbacks.addresses import AllowedAddresses

PUBLIC = AllowedAddresses()
NAT64 = ip_network("64:ff9b::/96")
KINDS = {
    "an unspecified address": ["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"],
    "a private address": [
        *("10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"),
        *("::ffff:10.1.2.3", "::ffff:c0a8:1", "64:ff9b::10.0.0.1", "64:ff9b::c0a8:101"),
    ],
    "a carrier's shared address": ["100.64.0.1", "100.100.100.200", "100.127.255.255"],
    "a loopback address": ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
    "a cloud's metadata address": [
        *("169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "168.63.129.16"),
        *("fd00:ec2::254", "fd20:ce::254"),
    ],
    "a link-local address": ["169.254.0.1", "169.254.170.2", "fe80::1", "febf::1"],
    "an address for protocols": ["192.0.0.1", "192.0.0.192", "2001:1::1", "2001:20::1", "2001:1ff::1"],
    "an address for documentation": [
        *("192.0.2.1", "198.51.100.7", "203.0.113.255", "2001:db8::1", "3fff::1", "3fff:fff::1"),
    ],
    "a 6to4 relay's address": ["192.88.99.1"],
    "an address for benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "a multicast address": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "the broadcast address": ["255.255.255.255"],
    "a reserved address": [
        *("240.0.0.1", "255.255.255.254", "100::1", "100:0:0:1::1", "200::1", "1fff::1", "3ffe::1"),
        *("4000::1", "5f00::1", "e000::1", "::ffff:0:127.0.0.1", "64:ff9b:2::1", "::1:0:0:0"),
    ],
    "an IPv4-compatible address": ["::127.0.0.1", "::7f00:1", "::8.8.8.8"],
    "a local NAT64 address": ["64:ff9b:1::1", "64:ff9b:1:fffe::10.0.0.1"],
    "a Teredo address": ["2001::1", "2001:0:53aa:64c::1"],
    "a 6to4 address": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1"],
    "a unique-local address": ["fc00::1", "fd12:3456:789a::1", "fdff:ffff::1"],
    "a site-local address": ["fec0::1", "feff::1"],
    "an address with a zone": ["fe80::1%eth0", "2606:4700::1111%1"],
    "no address in its usual form": [
        *("", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01", "127.0.0.1."),
        *("127.0.0.1 ", "[::1]", "::1/128", "１２７.0.0.1", "1.1.1.1:80"),
    ],
}
REACHED = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"),
    *("192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
    *("168.63.129.15", "168.63.129.17", "2000::1", "2606:4700:4700::1111", "2a00:1450::8", "3fff:1000::1"),
    *("2001:200::1", "2001:4860:4860::8888", "2003::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
]


@pytest.mark.parametrize(("kind", "address"), [(kind, one) for kind in KINDS for one in KINDS[kind]])
def test_an_address_that_is_not_public_is_refused_as_what_it_is(kind: str, address: str) -> None:
    assert PUBLIC.refusal(address) == kind


@pytest.mark.parametrize("address", REACHED)
def test_a_public_address_is_reached_up_to_the_edges_of_what_is_not(address: str) -> None:
    assert PUBLIC.refusal(address) is None


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_is_reached_is_what_others_take_for_public(address: IPv4Address | IPv6Address) -> None:
    meant = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address

    if meant in NAT64 or PUBLIC.refusal(str(address)) is not None:
        return
    assert meant.is_global
    assert not meant.is_multicast
    assert not meant.is_reserved


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_an_ipv6_one_is_reached_only_if_it_is_by_itself(address: IPv4Address) -> None:
    is_refused = PUBLIC.refusal(str(address)) is not None

    for text in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert (PUBLIC.refusal(text) is not None) is is_refused
    for text in (f"::{address}", f"::ffff:0:{address}", f"2002:{address.packed.hex(':', 2)}::1"):
        assert PUBLIC.refusal(text) is not None


@pytest.mark.parametrize(
    ("network", "reached", "refused"),
    [
        ("10.0.0.0/8", ["10.1.2.3", "::ffff:10.1.2.3", "8.8.8.8"], ["192.168.0.1", "64:ff9b::10.1.2.3"]),
        ("127.0.0.1/32", ["127.0.0.1"], ["127.0.0.2", "::1", "0.0.0.0"]),
        ("::1/128", ["::1"], ["127.0.0.1", "::"]),
        ("fd00::/8", ["fd00::1"], ["fc00::1", "fe80::1"]),
        ("64:ff9b:1::/48", ["64:ff9b:1::1"], ["64:ff9b::10.0.0.1"]),
    ],
)
def test_what_is_listed_is_reached_and_nothing_else_besides(
    network: str, reached: list[str], refused: list[str]
) -> None:
    allowed = AllowedAddresses([ip_network(network)])

    assert [one for one in reached if allowed.refusal(one) is not None] == []
    assert [one for one in refused if allowed.refusal(one) is None] == []
