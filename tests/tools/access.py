"""What opens the API of a bridge under test; on its own, so that the simulator can run without the bridge."""

TOKEN = "an-api-token:with-marks"
