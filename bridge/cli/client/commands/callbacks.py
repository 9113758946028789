"""The callbacks of a bridge."""

from bridge.cli.client import options as given
from bridge.cli.client.outcomes import EXIT_CODES
from bridge.cli.client.target import Given
from bridge.cli.help_pages import Commands

PANEL = "Callbacks of a running bridge"
app = Commands()


@app.command("deliveries", epilog=EXIT_CODES, rich_help_panel=PANEL)
def list_deliveries(
    job: given.OfJob = None,
    state: given.State = None,
    limit: given.Limit = 20,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """List callbacks with the outcome of their last attempt, newest first; with --json a line for each."""
    from bridge.cli.client.deliveries import list_deliveries as list_them

    filters = {name: value for name, value in (("job", job), ("state", state)) if value is not None}
    list_them(Given(url, token, profile, as_json), limit, filters)


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def redeliver(
    job: given.JobId,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Send the callbacks of a job again."""
    from bridge.cli.client.deliveries import redeliver as send_again

    send_again(Given(url, token, profile, as_json), job)


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def listen(
    port: given.ListenPort = 0,
    forward_to: given.ForwardTo = None,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Receive callbacks on this machine, verify and show them, until Ctrl-C; with --json a line for each.

    For trying callbacks out: prints the URL to use as replyUrl.
    """
    from bridge.cli.client.listening import listen as listen_to

    listen_to(Given(url, token, profile, as_json), port, forward_to)
