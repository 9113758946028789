"""Jobs: one command each, with its state and result; pure."""
