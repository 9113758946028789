"""What waits is prepared, claimed, posted once and settled."""
