"""What runs as long as the process: the accounts, their conditions and alerts."""
