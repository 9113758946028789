"""Uploaded files, on disk."""
