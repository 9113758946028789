"""A vault with a key of its own."""

from collections.abc import Callable

from bridge.store.keys import Key
from bridge.store.vault import Vault


def a_vault(key: str = "key", tell: Callable[[str], None] = lambda _: None) -> Vault:
    """Return a vault that knows this key."""
    return Vault(lambda: [Key(key, "a test")], tell)
