"""Which URLs are allowed, as far as the URL itself tells; where a name leads is seen at each attempt."""

from ipaddress import ip_network

import pytest

from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.receiver_url import on_the_wire, refusal

PUBLIC = AllowedAddresses()
LISTED = AllowedAddresses([ip_network("10.0.0.0/8"), ip_network("::1/128")])
NO_WEB_ADDRESS = "must be an http or https URL"
USER = "must not contain a user name or password"
ODD = "must have a host name, or an address in its usual form such as 192.0.2.1 or [2001:db8::1]"


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.com", "http://example.com:8443/hook?a=b@c#d", "HTTPS://EXAMPLE.COM/", "http://a/"),
        *(
            "http://example.com./",
            "http://bücher.example/é",
            "http://例え。テスト/",
            "http://bücher.example./",
        ),
        *("http://xn--bcher-kva.example/", "http://my_app-1.internal/", "http://localhost:3000/hook"),
        *("http://8.8.8.8/", "http://[2606:4700::1111]:81/", "http://[::ffff:8.8.8.8]/", "http://a:/"),
        *("http://3com.com/", "http://1.example/", "http://0x7f.example/", "http://a:65535/x"),
    ],
)
def test_a_url_with_a_name_or_a_public_address_is_allowed(url: str) -> None:
    assert refusal(url, PUBLIC) is None


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a/", "file:///etc/passwd", "gopher://a/", "ws://a/", "javascript:x", "a", "//a/", "http:a"),
        *("http://", "http:///a", "http:/a", "http://:80/", "http://a b/", "http://a\tb/", "http://a\\@b/"),
        *("http://a..b/", "http://a../", "http://[::1/", "http://[]/", "http://a:99999/", "http://a:x/"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert refusal(url, PUBLIC) == NO_WEB_ADDRESS


@pytest.mark.parametrize(
    "url", ["http://me:secret@a/", "http://me@a/", "http://@a/", "http://:@a/", "https://1.1.1.1@127.0.0.1/"]
)
def test_a_url_with_user_info_is_refused_and_not_repeated(url: str) -> None:
    assert refusal(url, LISTED) == USER


@pytest.mark.parametrize("url", ["http://example.com:0/", "https://8.8.8.8:0", "http://[::1]:00/"])
def test_port_0_is_refused(url: str) -> None:
    assert refusal(url, LISTED) == "must not have port 0"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "2130706433",
            "0x7f000001",
            "017700000001",
            "127.1",
            "127.0.1",
            "0177.0.0.1",
            "0x7f.0.0.1",
            "127.0.0.1.",
        ),
        *(
            "0x7f.1",
            "1",
            "0",
            "0x",
            "127.0.0.0x1",
            "1.2.3.4.5",
            "256.256.256.256",
            "00.0.0.0",
            "8.8.8.08",
            "a.1",
            "١٢٧.0.0.1",
            "[fe80::1%25eth0]",
            "[2606:4700::1111%1]",
        ),
    ],
)
def test_an_address_in_an_odd_spelling_is_refused_whatever_it_means(host: str) -> None:
    assert refusal(f"http://{host}/", PUBLIC) == refusal(f"http://{host}:80/", LISTED) == ODD


@pytest.mark.parametrize(
    ("host", "address", "kind"),
    [
        ("127.0.0.1", "127.0.0.1", "a loopback address"),
        ("①②⑦.⓪.⓪.①", "127.0.0.1", "a loopback address"),
        ("127。0。0。1", "127.0.0.1", "a loopback address"),
        ("0.0.0.0", "0.0.0.0", "an unspecified address"),
        ("169.254.169.254", "169.254.169.254", "a cloud's metadata address"),
        ("192.168.1.20", "192.168.1.20", "a private address"),
        ("[::]", "::", "an unspecified address"),
        ("[0:0:0:0:0:0:0:0]", "0:0:0:0:0:0:0:0", "an unspecified address"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1", "a loopback address"),
        ("[::FFFF:7F00:1]", "::FFFF:7F00:1", "a loopback address"),
        ("[64:ff9b::169.254.169.254]", "64:ff9b::169.254.169.254", "a cloud's metadata address"),
        ("[fd00:ec2::254]", "fd00:ec2::254", "a cloud's metadata address"),
    ],
)
def test_an_address_that_may_not_be_reached_is_refused_with_what_would_allow_it(
    host: str, address: str, kind: str
) -> None:
    assert (
        refusal(f"https://{host}:8080/hook", LISTED)
        == f"leads to {address}, {kind}: such a receiver must be listed in callbacks.allow"
    )


@pytest.mark.parametrize("url", ["http://10.1.2.3/", "http://[::1]:8080/", "http://[::ffff:10.1.2.3]/"])
def test_an_address_that_is_listed_is_allowed(url: str) -> None:
    assert refusal(url, LISTED) is None
    assert refusal(url, PUBLIC) is not None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://bücher.example:8443/é", "https://xn--bcher-kva.example:8443/%C3%A9"),
        ("http://bücher.example./", "http://xn--bcher-kva.example./"),
        ("http://[::1]:81/x", "http://[::1]:81/x"),
        ("http://例え.テスト?x", "http://xn--r8jz45g.xn--zckzah/?x"),
    ],
)
def test_a_host_beyond_ascii_is_punycoded(url: str, address: str) -> None:
    assert str(on_the_wire(url)) == address
