"""Discord's own description of its API, held against what the simulated Discord answers."""
