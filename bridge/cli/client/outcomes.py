"""The exit codes of the commands that talk to a bridge: one table, which `--help` and docs/cli.md show."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a command ended; 0 to 7 are those of all commands."""

    MODERATED = 10
    FAILED = 11
    CANCELLED = 12
    TOO_MANY_REQUESTS = 13
    UNREACHABLE = 14
    UNAUTHORIZED = 15
    FORBIDDEN = 16
    NOT_FOUND = 17
    REJECTED = 18
    WAIT_TIMED_OUT = 19
    CONFLICT = 20
    SERVER_ERROR = 21
    NOT_SAVED = 22
    UNHEALTHY = 23
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.MODERATED: "the bot refused the prompt or the picture",
    ExitCode.FAILED: "the job failed",
    ExitCode.CANCELLED: "the job was cancelled",
    ExitCode.TOO_MANY_REQUESTS: "too many requests or jobs (429)",
    ExitCode.UNREACHABLE: "the bridge cannot be reached",
    ExitCode.UNAUTHORIZED: "no API token, or one that the bridge does not accept (401)",
    ExitCode.FORBIDDEN: "the API token lacks a scope (403)",
    ExitCode.NOT_FOUND: "there is no such job or account, or no longer (404, 410)",
    ExitCode.REJECTED: "the request is wrong (400, 413, 415, 422)",
    ExitCode.WAIT_TIMED_OUT: "the wait timed out; the job goes on",
    ExitCode.CONFLICT: "an account needs attention or is paused, or the job does not allow it (409)",
    ExitCode.SERVER_ERROR: "the bridge or Discord failed, or no account is connected (5xx)",
    ExitCode.NOT_SAVED: "a video could not be saved; the job is completed",
    ExitCode.UNHEALTHY: "an account is not connected (health)",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C; the job goes on",
    ExitCode.PIPE_CLOSED: "stdout was closed",
}

OF_STATUS: Final[Mapping[str, ExitCode]] = {
    "moderated": ExitCode.MODERATED,
    "failed": ExitCode.FAILED,
    "cancelled": ExitCode.CANCELLED,
}
"""How a command ends that has waited for a job, unless the job is completed."""

EXIT_CODES: Final = (
    "Exit codes: 0 fine, 1 unexpected error, 2 a bad option or setting, 4 listen or mcp cannot use its port, "
    + ", ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items())
    + "."
)
