"""The sessions, against a small Discord of their own and against the simulator."""
