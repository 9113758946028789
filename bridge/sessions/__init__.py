"""Sessions: gateway connections of Discord tokens, behind a port."""
