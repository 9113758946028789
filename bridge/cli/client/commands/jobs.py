"""The jobs of a bridge."""

from bridge.cli.client import options as given
from bridge.cli.client.outcomes import EXIT_CODES
from bridge.cli.client.target import Given
from bridge.cli.help_pages import Commands

PANEL = "Jobs of a running bridge"
app = Commands()


@app.command("jobs", epilog=EXIT_CODES, rich_help_panel=PANEL)
def list_jobs(
    history: given.History = False,  # noqa: FBT002 - a switch of the command line
    status: given.Status = None,
    verb: given.Verb = None,
    channel: given.OfChannel = None,
    reply_ref: given.OfReplyRef = None,
    prompt: given.OfPrompt = None,
    limit: given.Limit = 20,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """List the running jobs, oldest first, or the newest jobs of the history; with --json a line for each."""
    from bridge.cli.client.jobs import filters_of
    from bridge.cli.client.jobs import list_jobs as list_them

    filters = filters_of(status=status, verb=verb, channel=channel, reply_ref=reply_ref, prompt=prompt)
    list_them(Given(url, token, profile, as_json), limit, filters if filters or history else None)


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def show(
    job: given.JobId,
    wait: given.Wait = False,  # noqa: FBT002 - a switch of the command line
    out: given.Save = None,
    open_it: given.Open = False,  # noqa: FBT002 - a switch of the command line
    timeout: given.Timeout = 1800,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show a job. With --wait, --out or --open, wait for its end first."""
    from bridge.cli.client.ending import After
    from bridge.cli.client.jobs import show as show_it

    show_it(Given(url, token, profile, as_json), job, After(wait, out, open_it, timeout))


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def watch(
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show every change of every job and account as it happens, until Ctrl-C; with --json a line for each."""
    from bridge.cli.client.jobs import watch as watch_all

    watch_all(Given(url, token, profile, as_json))


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def cancel(
    job: given.JobId,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Stop tracking a job and free its slot; the bot still finishes the video."""
    from bridge.cli.client.jobs import cancel as cancel_it

    cancel_it(Given(url, token, profile, as_json), job)
