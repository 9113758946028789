"""A simulated Discord on loopback with a PixVerse video bot in it.

It speaks only the wire and shares no code with the rest of the bridge.
"""

from bridge.sandbox.drift.orders import BadDrift, Drift, read_drifts
from bridge.sandbox.own_commands import BadCommand, OwnCommand, read_own_commands
from bridge.sandbox.server import Sandbox, SandboxOptions, run_sandbox

__all__ = [
    "BadCommand",
    "BadDrift",
    "Drift",
    "OwnCommand",
    "Sandbox",
    "SandboxOptions",
    "read_drifts",
    "read_own_commands",
    "run_sandbox",
]
