"""Settings: where they come from and what is a good value."""
