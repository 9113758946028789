"""The accounts of a bridge."""

from bridge.cli.client import options as given
from bridge.cli.client.outcomes import EXIT_CODES
from bridge.cli.client.target import Given
from bridge.cli.help_pages import Commands

PANEL = "Accounts of a running bridge"
app = Commands()
accounts = Commands(
    help="List, add, pause or remove the Discord accounts of a running bridge.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(accounts, name="accounts", rich_help_panel=PANEL)


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def health(
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show the accounts with their conditions, why, and what to do."""
    from bridge.cli.client.accounts import health as show_health

    show_health(Given(url, token, profile, as_json))


@accounts.command("list", epilog=EXIT_CODES)
def list_accounts(
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """List the accounts with their conditions; with --json a line for each."""
    from bridge.cli.client.accounts import list_accounts as list_them

    list_them(Given(url, token, profile, as_json))


@accounts.command("show", epilog=EXIT_CODES)
def show_account(
    channel: given.AccountChannel,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show an account; its Discord token is masked."""
    from bridge.cli.client.accounts import show_account as show_it

    show_it(Given(url, token, profile, as_json), channel)


@accounts.command("add", epilog=EXIT_CODES)
def add_account(
    channel: given.AccountChannel,
    server: given.AccountServer,
    max_jobs: given.AccountJobs = 3,
    discord_file: given.AccountToken = None,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Add an account, or change it. Asks for its Discord token."""
    from bridge.cli.client.accounts import NewAccount
    from bridge.cli.client.accounts import add_account as add_it

    add_it(Given(url, token, profile, as_json), NewAccount(channel, server, max_jobs, discord_file))


@accounts.command("pause", epilog=EXIT_CODES)
def pause_account(
    channel: given.AccountChannel,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Let an account take no new jobs; those it has go on."""
    from bridge.cli.client.accounts import pause_account as pause_it

    pause_it(Given(url, token, profile, as_json), channel, is_paused=True)


@accounts.command("resume", epilog=EXIT_CODES)
def resume_account(
    channel: given.AccountChannel,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Let a paused account take jobs again."""
    from bridge.cli.client.accounts import pause_account as pause_it

    pause_it(Given(url, token, profile, as_json), channel, is_paused=False)


@accounts.command("remove", epilog=EXIT_CODES)
def remove_account(
    channel: given.AccountChannel,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Remove an account; its jobs that were sent are followed to their end."""
    from bridge.cli.client.accounts import remove_account as remove_it

    remove_it(Given(url, token, profile, as_json), channel)
