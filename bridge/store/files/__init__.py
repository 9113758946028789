"""Uploaded bytes, on the disk."""
