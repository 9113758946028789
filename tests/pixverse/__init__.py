"""What the bot says and repeats."""
