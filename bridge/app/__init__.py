"""Builds and closes the whole bridge."""
