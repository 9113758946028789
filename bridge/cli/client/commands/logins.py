"""`login` and `logout`."""

from bridge.cli.client import options as given
from bridge.cli.client.outcomes import EXIT_CODES
from bridge.cli.client.target import Given
from bridge.cli.help_pages import Commands

PANEL = "Log in to a running bridge"
app = Commands()


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def login(
    url: given.Url = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Ask for the address of a bridge and an API token, try them, and save them for the other commands.

    The token is read from stdin if that is no terminal: pixverse-bridge login --url URL < FILE
    """
    from bridge.cli.client.login import login as log_in

    log_in(Given(url, None, profile, as_json))


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def logout(
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Delete a saved address and its token. The token stays valid: token revoke ends it."""
    from bridge.cli.client.login import logout as log_out

    log_out(profile, as_json=as_json)
