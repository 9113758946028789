"""The examples that the hosted service published, and those of our own docs, run against the bridge."""
