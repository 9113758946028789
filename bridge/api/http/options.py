"""Where the server listens, how many connections it takes, and which requests it answers."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from bridge.api.http.certificate import ServerCertificate

HEALTHZ: Final = "/healthz"
READYZ: Final = "/readyz"
PROBES: Final = (HEALTHZ, READYZ)
"""Paths that answer for any host: who asks a container knows its address only."""
PICTURE_BYTES: Final = 20_971_520
"""How large a picture may be unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections there may be, and how many seconds a client may take for each step.

    No slow client keeps a connection for 150 seconds, whatever it is slow at. The limits of bodies are where
    bodies are read. A stream ends only when its reader stops reading.
    """

    connections: int = 4_096
    connections_per_address: int = 1_024
    handshake_s: float = 10.0
    idle_s: float = 20.0
    """Between two requests, and for the whole head of a request."""
    linger_s: float = 10.0
    """For the rest of a body after its request was answered."""
    reads_nothing_s: float = 15.0
    """A client that reads nothing is detected at the second check."""
    answer_s: float = 120.0
    """For reading a whole answer."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The address, the hosts that requests may be for, and the origins of web pages that may call the API.

    Hosts and origins are in lower case. No hosts means all; no origins means none, and `*` all. With a
    certificate the server speaks TLS only. A base path begins with a slash and does not end with one. `media`
    are the addresses of the videos that the page may show, and a picture may have `picture_bytes`. With
    `is_access_logged` the log has a line for each request.
    """

    host: str
    port: int
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    base_path: str = ""
    limits: Limits = Limits()
    certificate: ServerCertificate | None = None
    media: tuple[str, ...] = ()
    picture_bytes: int = PICTURE_BYTES
    is_access_logged: bool = True
