"""What the bridge does, one use case a file."""
