"""Maintenance: renews links, and deletes what is no longer needed."""
