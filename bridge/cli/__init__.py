"""The command line: each command reads its options and calls one function.

The session library and the web server are imported only when a command runs, so that `--help` is fast.
"""

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from bridge.cli.healthcheck import asked_at_once
from bridge.errors import StartError

if TYPE_CHECKING:
    from bridge.flows.timing import Timing


def main(timing: "Timing | None" = None) -> None:
    """Run the command line; a failed start prints one line and sets the exit code. `timing`: for `serve`."""
    print_anything()
    if (exit_code := asked_at_once(sys.argv[1:], os.environ)) is not None:
        sys.exit(exit_code)
    from bridge.cli.commands import app

    try:
        app(prog_name="pixverse-bridge", obj=timing)
    except StartError as error:
        exit_with(error)
    except BaseExceptionGroup as group:
        failed = first_of(group)
        if failed is None:
            raise
        exit_with(failed)


def print_anything() -> None:
    """Let stdout escape what its encoding lacks, as stderr does: a prompt may be in any script."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def first_of(group: BaseExceptionGroup[BaseException]) -> StartError | None:
    """Return the `StartError` inside an exception group, or None."""
    error: BaseException | None = group.subgroup(StartError)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, StartError) else None


def exit_with(error: StartError) -> NoReturn:
    """Print the reason and exit with the error's code."""
    sys.stderr.write(f"error: {error}\n")
    sys.exit(error.exit_code)
