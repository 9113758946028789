"""Logging to stderr, with secrets removed from each line, and the redaction that others use."""

from bridge.logs.redaction import SHORTEST_SECRET, Redactor
from bridge.logs.start import TALKATIVE, start_logging, write_last_lines

__all__ = ["SHORTEST_SECRET", "TALKATIVE", "Redactor", "start_logging", "write_last_lines"]
