"""`healthcheck` on the command line; what it does is in `healthcheck`, which imports nothing of ours."""

import os

import typer

from bridge.cli import options as given
from bridge.cli.healthcheck import healthcheck as ask

app = typer.Typer()


@app.command(epilog="Exit codes: 0 all is well, 1 something is not, or nobody answers, 2 a bad option.")
def healthcheck(url: given.ProbeUrl = None) -> None:
    """Ask the probe of a running bridge whether it lives; for containers.

    For example: pixverse-bridge healthcheck --url http://127.0.0.1:8080/readyz
    """
    raise typer.Exit(ask(url, os.environ))
