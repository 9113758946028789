"""What is kept: links that work, and nothing for longer than it is needed."""
