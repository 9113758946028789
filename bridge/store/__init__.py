"""What is kept: SQL stands beside the method that runs it."""
