"""How the figures of the benchmark are made."""
