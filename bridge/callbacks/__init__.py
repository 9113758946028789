"""Callbacks: claim, POST, settle."""
