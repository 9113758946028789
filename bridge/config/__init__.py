"""Settings: their names, defaults and validation."""
