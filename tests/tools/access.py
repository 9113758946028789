"""What opens the API of a bridge under test, and where it may call back.

On its own, so that the simulator can run without the bridge.
"""

TOKEN = "an-api-token:with-marks"
LOOPBACK = ("127.0.0.0/8", "::1/128")
"""What `callbacks.allow` is in tests: their receivers listen on this machine."""
