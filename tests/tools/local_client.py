"""The client of callbacks, for receivers on this machine."""

from contextlib import AbstractAsyncContextManager
from ipaddress import ip_network

from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.client import CallbackClient, callback_client
from bridge.callbacks.names import Names
from tests.tools.access import LOOPBACK


def local_client(names: Names | None = None) -> AbstractAsyncContextManager[CallbackClient]:
    """Open a client that may call this machine."""
    return callback_client(AllowedAddresses([ip_network(text) for text in LOOPBACK]), names)
