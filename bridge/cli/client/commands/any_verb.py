"""Any verb of the running bridge, also one that only its configuration has."""

from typing import Annotated

import typer

from bridge.cli.client import options as given
from bridge.cli.client.commands.submits import PANEL
from bridge.cli.client.outcomes import EXIT_CODES
from bridge.cli.client.target import Given
from bridge.cli.help_pages import Commands
from bridge.cli.options import switch

app = Commands()


@app.command(
    epilog=EXIT_CODES,
    rich_help_panel=PANEL,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def run(
    context: typer.Context,
    verb: Annotated[
        str | None, typer.Argument(metavar="[VERB]", help="Name of the verb; without it, all are listed")
    ] = None,
    fields: Annotated[bool, switch("--fields", "List the fields of VERB")] = False,  # noqa: FBT002 - a switch
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field", "-F", metavar="NAME=VALUE", help="A field that is called as an option here; repeatable"
        ),
    ] = None,
    channel: given.Channel = None,
    server: given.Server = None,
    max_jobs: given.MaxJobs = None,
    priority: given.Priority = None,
    labels: given.Labels = None,
    reply_url: given.ReplyUrl = None,
    reply_ref: given.ReplyRef = None,
    discord_file: given.DiscordFile = None,
    idempotency_key: given.Key = None,
    wait_for_slot: given.SlotWait = 0,
    wait: given.Wait = False,  # noqa: FBT002 - a switch of the command line
    out: given.Save = None,
    open_it: given.Open = False,  # noqa: FBT002 - a switch of the command line
    timeout: given.Timeout = 1800,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Run any verb of the bridge; its fields are options behind its name.

    For example: pixverse-bridge run effects --image cat.png --template Hug --out videos
    """
    from bridge.cli.client.any_verb import list_verbs, run_verb
    from bridge.cli.client.ending import After
    from bridge.cli.client.submitting import secret_of

    if verb is None or fields:
        list_verbs(Given(url, token, profile, as_json), verb)
        return
    options = {
        "channel": channel,
        "server": server,
        "max_jobs": max_jobs,
        "priority": priority,
        "labels": labels,
        "reply_url": reply_url,
        "reply_ref": reply_ref,
        "discord": secret_of(discord_file),
        "idempotency_key": idempotency_key,
        "wait_for_slot_s": wait_for_slot,
    }
    words = (context.args, field or [])
    run_verb(Given(url, token, profile, as_json), verb, words, options, After(wait, out, open_it, timeout))
