"""The gateway: connections, sessions, encodings and who hears what."""
