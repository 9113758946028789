"""The command line: each command reads its options and calls one function.

What needs the session library or a web server is imported when a command runs, so that `--help` is quick.
"""

import sys

from bridge.cli.commands import app
from bridge.errors import StartError


def main() -> None:
    """Run the command line; a start that fails is one line and an exit code."""
    try:
        app()
    except StartError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
