"""The use cases of the bridge and their steps."""
