"""Backups of an installation: the file itself, and copies of a database that is in use."""
