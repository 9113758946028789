"""How a job moves."""
