"""Traces for OpenTelemetry: what a job's spans are, and the one module that knows the library."""
