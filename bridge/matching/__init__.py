"""Decides which job a message belongs to; pure."""
