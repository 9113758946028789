"""The rows of each table, read and written: SQL stands beside the method that runs it."""
