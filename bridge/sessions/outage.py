"""Why there is no connection: a sentence for each cause, and one for what a person can check."""

from dataclasses import dataclass
from typing import Final

NETWORK: Final = "Check the internet connection and the firewall of this machine."
NAMES: Final = "Check the internet connection and the DNS of this machine."
CERTIFICATES: Final = (
    "Check the clock of this machine, and whether a proxy or virus scanner replaces certificates."
)
ON_THE_WAY: Final = "Check whether a firewall or a proxy on the way intercepts connections."
PROXY: Final = "Check the address in discord.proxy, and that this proxy runs."
PROXY_KIND: Final = "Check that discord.proxy names a proxy of that kind, which may connect to Discord."
PROXY_LOGIN: Final = "Check the user name and the password in discord.proxy."
PROXY_RULES: Final = "Let the proxy in discord.proxy connect to Discord."
BLOCKED: Final = (
    "Check whether a firewall or a proxy on the way refuses Discord; "
    "Cloudflare in front of Discord may also refuse the address of this machine for a while."
)


@dataclass(frozen=True, slots=True)
class Outage:
    """Why there is no connection; it is tried again. `remedy`: what a person can check, None for nothing."""

    reason: str
    remedy: str | None = None


def unknown_name(host: str) -> Outage:
    """Return the outage of a host whose name has no address."""
    return Outage(f"the name {host} cannot be resolved (DNS)", NAMES)


def refused(host: str) -> Outage:
    """Return the outage of a host that takes no connection."""
    return Outage(f"{host} refuses the connection, or is not reachable from here", NETWORK)


def no_answer(host: str) -> Outage:
    """Return the outage of a host that does not answer in time."""
    return Outage(f"{host} does not answer in time", NETWORK)


def untrusted(host: str) -> Outage:
    """Return the outage of a host whose certificate is not valid."""
    return Outage(f"the TLS certificate of {host} is not trusted", CERTIFICATES)


def no_tls(host: str) -> Outage:
    """Return the outage of a host with which no TLS connection is made."""
    return Outage(f"the TLS handshake with {host} fails", ON_THE_WAY)


def cut_off(host: str, code: int) -> Outage:
    """Return the outage of a host that ended the connection without an answer; `code` is libcurl's."""
    return Outage(f"the connection to {host} was cut before an answer (curl {code})", ON_THE_WAY)


def unknown_proxy(proxy: str) -> Outage:
    """Return the outage of a proxy whose name has no address."""
    return Outage(f"the name of the proxy {proxy} cannot be resolved (DNS)", PROXY)


def proxy_refused(proxy: str) -> Outage:
    """Return the outage of a proxy that takes no connection."""
    return Outage(f"the proxy {proxy} refuses the connection, or is not reachable from here", PROXY)


def proxy_does_not_forward(proxy: str, host: str) -> Outage:
    """Return the outage of a proxy that does not speak the expected protocol, or reaches nothing itself."""
    return Outage(f"the proxy {proxy} does not connect to {host}", PROXY_KIND)


def proxy_answered(proxy: str, host: str, status: int) -> Outage:
    """Return the outage of a proxy that refuses with an HTTP status."""
    reason = f"the proxy {proxy} refuses to connect to {host} ({status})"
    return Outage(reason, PROXY_LOGIN if status == 407 else PROXY_RULES)


def blocked(status: int) -> Outage:
    """Return the outage of an answer that is not from Discord's API but from a proxy before it."""
    return Outage(f"the way to Discord is blocked ({status}, not by Discord's API)", BLOCKED)


def answered(status: int) -> Outage:
    """Return the outage of a Discord that answers with an error of its own."""
    return Outage(f"Discord answers with an error ({status})")
