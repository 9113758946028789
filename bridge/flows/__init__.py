"""What the bridge does: its use cases and their steps."""
