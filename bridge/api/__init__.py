"""The HTTP API; the only package that knows status codes."""
