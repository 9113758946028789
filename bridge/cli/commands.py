"""The commands of `pixverse-bridge`."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli import options as given
from bridge.cli.agents import app as agents
from bridge.cli.backup_commands import app as backups
from bridge.cli.client.commands import app as client
from bridge.cli.doctor.command import app as doctors
from bridge.cli.help_pages import EXIT_CODES, Commands
from bridge.cli.probing import app as probing
from bridge.cli.sandbox_commands import app as sandboxes

HELP = {"help_option_names": ["-h", "--help"]}

app = Commands(
    name="pixverse-bridge",
    help="A self-hosted HTTP API for the PixVerse video bot of Discord.",
    epilog=f"{EXIT_CODES} Commands that talk to a running bridge have more: create --help lists them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=HELP,
)
tokens = Commands(
    help="Manage the tokens that open the API. Works while the bridge is running.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings=HELP,
)
tenants = Commands(
    help="List or remove tenants. A tenant is created with its first token (token create). Works while the "
    "bridge is running.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings=HELP,
)
app.add_typer(tokens, name="token")
app.add_typer(tenants, name="tenant")


keys = Commands(
    help="Show or change the keys that secrets are encrypted with. Works while the bridge is running.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
)
app.add_typer(keys, name="keys")
schemas = Commands(
    help="Upgrade the schema of a PostgreSQL database. Works while bridges are running.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings=HELP,
)
app.add_typer(schemas, name="schema")
app.add_typer(sandboxes)
app.add_typer(backups)
app.add_typer(doctors)
app.add_typer(client)
app.add_typer(probing)
app.add_typer(agents)


def print_version(wanted: bool) -> None:  # noqa: FBT001 - the shape that typer calls
    """Print the version and exit."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pixverse-bridge {version('pixverse-bridge')}")
        raise typer.Exit


@app.callback()
def pixverse_bridge(
    version: Annotated[  # noqa: FBT002 - a switch of the command line
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that come before a command."""


@app.command(epilog=EXIT_CODES)
def serve(
    context: typer.Context,
    config: given.Config = None,
    host: given.Host = None,
    port: given.Port = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
    log_level: given.LogLevel = None,
    log_format: given.LogFormat = None,
    ready_file: given.ReadyFile = None,
    record: given.Record = None,
) -> None:
    """Run the bridge.

    Generates an API token on first start and prints it once, unless BRIDGE_API_TOKEN is set."""
    from bridge.cli.start import start_bridge

    flags = {
        "server.host": host,
        "server.port": port,
        "data_dir": data_dir,
        "database": database,
        "log.level": log_level,
        "log.format": log_format,
    }
    start_bridge(config, flags, ready_file, record, timing=context.obj)


@app.command(epilog=EXIT_CODES)
def init(
    out: given.InitOut = Path("config.yaml"),
    discord_file: given.TokenFile = None,
    server: given.InitServer = None,
    channel: given.InitChannel = None,
    max_jobs: given.InitJobs = None,
    local_callbacks: given.LocalCallbacks = None,
    force: given.Replace = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Write config.yaml for a first account. Asks for what you do not give as an option."""
    from bridge.cli.first_steps import Given
    from bridge.cli.first_steps import init as write_first_config

    said = Given(discord_file, server, channel, max_jobs, local_callbacks)
    write_first_config(out, said, is_forced=force)


@app.command(epilog=EXIT_CODES)
def check(
    config: given.Config = None,
    whole: given.Whole = False,  # noqa: FBT002 - a switch of the command line
    online: given.Online = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Check the configuration: show what the bridge would use, or all mistakes and where they are."""
    from bridge.cli.checking import check as check_configuration

    check_configuration(config, is_whole=whole, is_online=online)


@app.command(epilog=EXIT_CODES)
def webhook_secret(
    action: given.SecretWish = "show",
    tenant: given.SecretTenant = "default",
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """Print the secret that callbacks are signed with, or change it. Works while the bridge is running."""
    from bridge.cli.start import start_webhook_secret

    start_webhook_secret(config, {"data_dir": data_dir, "database": database}, action, tenant)


@keys.command("list", epilog=EXIT_CODES)
def list_keys(
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """List the keys that are given or needed: by fingerprint, where each comes from, what it encrypts."""
    from bridge.cli.start import start_keys_list

    start_keys_list(config, {"data_dir": data_dir, "database": database}, as_json=as_json)


@keys.command("rotate", epilog=EXIT_CODES)
def rotate_keys(
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    drop_unreadable: given.DropUnreadable = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """Encrypt all tokens and webhook secrets with a new key; a bridge that runs goes on with it.

    The new key is made in the key file. With BRIDGE_SECRET_KEY, write it before the old one: NEW,OLD.

    If this command is interrupted, run it again: it continues where it was.
    """
    from bridge.cli.start import start_keys_rotate

    flags = {"data_dir": data_dir, "database": database}
    start_keys_rotate(config, flags, as_json=as_json, is_dropping=drop_unreadable)


@app.command(epilog=EXIT_CODES)
def machines(
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """List the processes that share the database: what each does, and how many accounts it runs."""
    from bridge.cli.machines import listing
    from bridge.cli.start import start_access

    start_access(config, {"data_dir": data_dir, "database": database}, listing(as_json=as_json))


@schemas.command("upgrade", epilog=EXIT_CODES)
def upgrade_schema(config: given.Config = None, database: given.Database = None) -> None:
    """Bring the schema up to date, as the role that owns the tables; bridges do it themselves if they may."""
    from bridge.cli.schema import upgrade
    from bridge.cli.start import start_access

    start_access(config, {"database": database}, upgrade)


@app.command(epilog=EXIT_CODES)
def migrate(
    source: given.MoveFrom,
    target: given.MoveTo,
    data_dir: given.MoveDataDir = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Move a stopped bridge with all it has from SQLite to PostgreSQL, or back.

    For example: pixverse-bridge migrate --from data/bridge.db --to postgresql://bridge@db.example/bridge

    If this command is interrupted, run it again: it continues where it was.
    """
    from bridge.cli.start import start_migrate

    start_migrate(source, target, data_dir, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def record(
    channel: given.Channel,
    out: given.Out,
    seconds: given.RecordSeconds = None,
    config: given.Config = None,
) -> None:
    """Record the bot's messages of one account to a file, tokens and people removed. Stop `serve` first."""
    from bridge.cli.start import start_recording

    start_recording(config, channel, out, seconds)


@app.command(epilog=EXIT_CODES)
def explain(
    recording: given.Recording,
    as_json: given.JsonLines = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
) -> None:
    """Show how the bridge reads each message of a recording, and which job it matches."""
    from bridge.cli.start import start_explaining

    start_explaining(config, recording, as_json=as_json)


@tokens.command("create", epilog=EXIT_CODES)
def create_token(
    tenant: given.TokenTenant,
    scope: given.Scopes = None,
    expires: given.Expires = None,
    requests_per_minute: given.RequestsPerMinute = None,
    jobs_per_day: given.JobsPerDay = None,
    streams: given.Streams = None,
    new_database: given.NewDatabase = False,  # noqa: FBT002 - a switch of the command line
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """Create a token and print it: it cannot be shown again.

    For example: pixverse-bridge token create --tenant acme --scope jobs:read --scope jobs:write --expires 90d
    """
    from bridge.cli.start import start_access
    from bridge.cli.tokens import NewToken, creating

    wanted = NewToken(
        tenant=tenant,
        scopes=tuple(scope or ()),
        expires=expires,
        requests_per_minute=requests_per_minute,
        jobs_per_day=jobs_per_day,
        streams=streams,
    )
    command = creating(wanted, as_json=as_json, is_creating_database=new_database)
    start_access(config, {"data_dir": data_dir, "database": database}, command)


@tokens.command("list", epilog=EXIT_CODES)
def list_tokens(
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """List all tokens without their texts."""
    from bridge.cli.start import start_access
    from bridge.cli.tokens import listing

    start_access(config, {"data_dir": data_dir, "database": database}, listing(as_json=as_json))


@tokens.command("revoke", epilog=EXIT_CODES)
def revoke_token(
    token: given.TokenId,
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """Revoke a token for good: within a second it opens nothing, and its streams end."""
    from bridge.cli.start import start_access
    from bridge.cli.tokens import revoking

    start_access(config, {"data_dir": data_dir, "database": database}, revoking(token))


@tenants.command("list", epilog=EXIT_CODES)
def list_tenants(
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """List all tenants with their tokens, accounts and running jobs."""
    from bridge.cli.start import start_access
    from bridge.cli.tenants import listing

    start_access(config, {"data_dir": data_dir, "database": database}, listing(as_json=as_json))


@tenants.command("create", hidden=True)
def create_tenant(name: given.TenantName = "NAME") -> None:
    """Say how a tenant is created."""
    from bridge.errors import ConfigurationError

    raise ConfigurationError(
        f"A tenant is created with its first token: pixverse-bridge token create --tenant {name}"
    )


@tenants.command("remove", epilog=EXIT_CODES)
def remove_tenant(
    name: given.TenantName,
    force: given.Force = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """Remove a tenant: its tokens open nothing any more. Refused while it has running jobs."""
    from bridge.cli.start import start_access
    from bridge.cli.tenants import removing

    flags = {"data_dir": data_dir, "database": database}
    start_access(config, flags, removing(name, is_forced=force))
