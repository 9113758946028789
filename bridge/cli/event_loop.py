"""The configured event loop: asyncio's own, or uvloop if it is installed."""

import asyncio
from collections.abc import Callable

from bridge.errors import ConfigurationError


def maker_of(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    """Return the loop factory; raises `ConfigurationError` if the package is missing."""
    if name != "uvloop":
        return asyncio.new_event_loop
    try:
        import uvloop
    except ImportError:
        raise ConfigurationError(
            "server.event_loop is uvloop, and the package uvloop is not installed: "
            "install it (pip install uvloop; there is none for Windows), or leave the setting out"
        ) from None
    return uvloop.new_event_loop
