"""What the bridge does, a use case a file."""
