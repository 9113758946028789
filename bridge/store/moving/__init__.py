"""A whole installation, moved between SQLite and PostgreSQL."""
