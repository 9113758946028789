"""The simulated Discord, tested as its clients meet it: over the wire."""
