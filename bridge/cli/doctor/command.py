"""The command `doctor`."""

from typing import Annotated

import typer

from bridge.cli import options as given
from bridge.cli.help_pages import Commands
from bridge.cli.options import once, switch

EXIT_CODES = (
    "Exit codes: 0 everything works, 1 it works with warnings, 2 something cannot work, "
    "or a bad option or setting."
)

app = Commands()


@app.command(epilog=EXIT_CODES)
def doctor(
    channel: Annotated[str | None, once("Only the account of this channel", "CHANNEL")] = None,
    try_: Annotated[
        str | None,
        typer.Option(
            "--try",
            metavar="PROMPT",
            help="Also make one real video of this prompt, after asking; it may cost credits",
        ),
    ] = None,
    yes: Annotated[bool, switch("--yes", "Do not ask before --try")] = False,  # noqa: FBT002 - a switch
    write: Annotated[
        str | None,
        once("Only print a row of bot.commands for this command of the bot", "COMMAND"),
    ] = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """Compare what Discord and the bot offer to your accounts with what the bridge needs.

    Runs no command of the bot, and works while the bridge is running. Ends with rows for the configuration
    if the bot has changed: docs/doctor.md.
    """
    from bridge.cli.doctor.start import Order, start_doctor

    order = Order(channel, try_, is_sure=yes, command=write, as_json=as_json)
    start_doctor(config, {"data_dir": data_dir, "database": database}, order)
