"""What is kept, in a real SQLite file."""
