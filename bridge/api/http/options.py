"""Where the server listens, and which requests it answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The address, the hosts that requests may be for, and the origins of web pages that may call the API.

    Hosts and origins are in lower case. No hosts means all; no origins means none, and `*` all.
    """

    host: str
    port: int
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
