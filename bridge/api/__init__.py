"""HTTP in and out; the only place that knows status codes."""
