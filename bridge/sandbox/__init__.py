"""A simulated Discord on loopback with a PixVerse video bot in it.

It speaks only the wire and shares no code with the rest of the bridge.
"""

from bridge.sandbox.drift.orders import BadDrift, Drift, read_drifts
from bridge.sandbox.server import Sandbox, SandboxOptions, run_sandbox

__all__ = ["BadDrift", "Drift", "Sandbox", "SandboxOptions", "read_drifts", "run_sandbox"]
