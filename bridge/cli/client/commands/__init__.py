"""What typer reads: the commands, their options and help."""

from bridge.cli.client.commands import accounts, any_verb, callbacks, jobs, logins, submits
from bridge.cli.help_pages import Commands

app = Commands()
"""All commands that talk to a bridge."""
for part in (logins.app, submits.app, any_verb.app, jobs.app, accounts.app, callbacks.app):
    app.add_typer(part)
