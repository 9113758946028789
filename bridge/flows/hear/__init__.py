"""What the gateway and the history tell is matched, and moves jobs."""
