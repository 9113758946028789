"""Jobs: one command each and what became of it; pure."""
