"""The commands that talk to a running bridge; they know `bridge.client` and nothing of the server.

`commands` has what typer reads, and imports the rest only when a command runs, so that `--help` is fast.
"""
