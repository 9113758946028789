"""The examples that the hosted service published, run against the bridge."""
