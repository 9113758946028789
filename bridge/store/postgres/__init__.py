"""The database port, implemented on PostgreSQL."""
