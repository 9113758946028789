"""The database port, implemented on SQLite."""
