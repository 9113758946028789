"""Is imported by every Python that the tests start; in a bridge or a simulator it plants the canaries."""

import os
import sys

TALKING = {"serve", "sandbox", "sandbox-discord"}
COMMANDS = TALKING | {"record", "token", "webhook-secret", "keys"}

if os.environ.get("CANARIES") and COMMANDS & set(sys.orig_argv):
    from tests.canaries.planting import plant

    plant()
    if TALKING & set(sys.orig_argv):
        os.environ.setdefault("BRIDGE_LOG__LEVEL", "debug")
