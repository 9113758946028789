"""Whose message is it."""
