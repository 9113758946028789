"""Whose message is it; pure."""
