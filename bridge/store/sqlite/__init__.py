"""SQLite behind the database port."""
