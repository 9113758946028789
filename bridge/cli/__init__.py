"""The command line: each command reads its options and calls one function.

What needs the session library or a web server is imported when a command runs, so that `--help` is quick.
"""

import sys
from typing import TYPE_CHECKING, NoReturn

from bridge.cli.commands import app
from bridge.errors import StartError

if TYPE_CHECKING:
    from bridge.flows.timing import Timing


def main(timing: "Timing | None" = None) -> None:
    """Run the command line; a start that fails is one line and an exit code. `serve` keeps to `timing`."""
    try:
        app(prog_name="pixverse-bridge", obj=timing)
    except StartError as error:
        leave(error)
    except BaseExceptionGroup as group:
        failed = first_of(group)
        if failed is None:
            raise
        leave(failed)


def first_of(group: BaseExceptionGroup[BaseException]) -> StartError | None:
    """Return the failed start that task groups have wrapped, if there is one."""
    error: BaseException | None = group.subgroup(StartError)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, StartError) else None


def leave(error: StartError) -> NoReturn:
    """Say why and end the process."""
    sys.stderr.write(f"error: {error}\n")
    sys.exit(error.exit_code)
