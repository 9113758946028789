"""The event loop that was chosen: asyncio's own, or uvloop's where that is installed."""

import asyncio
from collections.abc import Callable

from bridge.errors import ConfigurationError


def maker_of(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes a loop; raises `ConfigurationError` when its package is missing."""
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
