"""The options of the commands: flag, help, and environment variable.

What only one run means, such as `--force`, has no variable: one that is left over would mean the next run.
"""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

MOST: Final = 1_000_000_000
"""The greatest quota."""


def setting(flag: str, key: str, text: str, metavar: str = "TEXT") -> typer.models.OptionInfo:
    """Return an option for a setting; its value is validated with all other settings."""
    variable = f"BRIDGE_{key.upper().replace('.', '__')}"
    option: typer.models.OptionInfo = typer.Option(
        flag, metavar=metavar, show_default=False, help=f"{text} (key {key}, environment {variable})"
    )
    return option


def own(
    variable: str, text: str, metavar: str, least: float | None = None, most: float | None = None
) -> typer.models.OptionInfo:
    """Return an option that is not a setting but has an environment variable."""
    option: typer.models.OptionInfo = typer.Option(
        envvar=variable,
        show_envvar=False,
        metavar=metavar,
        min=least,
        max=most,
        help=f"{text} (environment {variable})",
    )
    return option


def once(
    text: str, metavar: str, least: float | None = None, most: float | None = None
) -> typer.models.OptionInfo:
    """Return an option of one run."""
    option: typer.models.OptionInfo = typer.Option(metavar=metavar, min=least, max=most, help=text)
    return option


def switch(flag: str, text: str) -> typer.models.OptionInfo:
    """Return an option of one run that has no value."""
    option: typer.models.OptionInfo = typer.Option(flag, help=text)
    return option


Host = Annotated[str | None, setting("--host", "server.host", "Address to listen on; default 127.0.0.1")]
Port = Annotated[
    str | None, setting("--port", "server.port", "Port to listen on, 0 for a free one; default 8080", "PORT")
]
DataDir = Annotated[
    str | None, setting("--data-dir", "data_dir", "Directory for the database, the key, uploads", "DIR")
]
Database = Annotated[
    str | None, setting("--database", "database", "Path or URL; default SQLite in the data directory")
]
ApiToken = Annotated[
    str | None, setting("--api-token", "api_token", "Token that callers must send; default sandbox")
]
LogLevel = Annotated[
    str | None, setting("--log-level", "log.level", "debug, info, warning or error; default info", "LEVEL")
]
LogFormat = Annotated[
    str | None, setting("--log-format", "log.format", "auto, console or json; default auto", "FORMAT")
]

Config = Annotated[
    Path | None, own("BRIDGE_CONFIG", "YAML file; default ./config.yaml if there is one", "FILE")
]
ReadyFile = Annotated[
    Path | None,
    own(
        "BRIDGE_READY_FILE",
        "JSON file to write when the bridge listens and its accounts are connected",
        "FILE",
    ),
]
BotDrift = Annotated[
    Path | None,
    own("BRIDGE_SANDBOX_BOT_DRIFT", "How the simulated bot differs from what the bridge knows", "FILE"),
]
BotCommands = Annotated[
    Path | None,
    own("BRIDGE_SANDBOX_BOT_COMMANDS", "YAML file of commands that the simulated bot has too", "FILE"),
]
BotSection = Annotated[
    Path | None, own("BRIDGE_SANDBOX_BOT", "YAML file; only its section bot is used", "FILE")
]
VideoSeconds = Annotated[
    float, own("BRIDGE_SANDBOX_VIDEO_SECONDS", "How long a simulated video takes", "SECONDS", least=0)
]
DiscordPort = Annotated[
    int,
    own(
        "BRIDGE_SANDBOX_DISCORD_PORT",
        "Port of the simulated Discord, 0 for a free one",
        "PORT",
        least=0,
        most=65535,
    ),
]
DiscordHost = Annotated[str, own("BRIDGE_SANDBOX_DISCORD_HOST", "Address of the simulated Discord", "TEXT")]
Accounts = Annotated[
    int, own("BRIDGE_SANDBOX_ACCOUNTS", "How many accounts the simulator knows", "NUMBER", least=1)
]
Chatter = Annotated[
    float,
    own(
        "BRIDGE_SANDBOX_CHATTER",
        "Messages per second from other users in every account's thread",
        "NUMBER",
        least=0,
        most=1000,
    ),
]
Seed = Annotated[int | None, own("BRIDGE_SANDBOX_SEED", "Seed for reproducible ids and tokens", "NUMBER")]
Channel = Annotated[str, own("BRIDGE_RECORD_CHANNEL", "Channel of the account to record", "ID")]
Out = Annotated[Path, own("BRIDGE_RECORD_OUT", "File to create; an existing one is not overwritten", "FILE")]
RecordSeconds = Annotated[
    float | None, own("BRIDGE_RECORD_SECONDS", "How long to record; default until Ctrl-C", "SECONDS", least=0)
]
Record = Annotated[
    Path | None, own("BRIDGE_RECORD", "Record the bot's messages to a new file, secrets removed", "FILE")
]
Recording = Annotated[Path, typer.Argument(metavar="FILE", help="A file made by record or serve --record")]
SecretWish = Annotated[
    Literal["show", "rotate", "drop-old"],
    typer.Argument(metavar="ACTION", help="show, rotate (the old one stays valid for 24 h) or drop-old"),
]
Json = Annotated[bool, switch("--json", "Print JSON")]
DropUnreadable = Annotated[
    bool,
    switch(
        "--drop-unreadable",
        "Give up the secrets that no key decrypts, for example because the key is lost: their accounts then "
        "need their tokens again",
    ),
]
NewDatabase = Annotated[
    bool, switch("--new-database", "Create the database if there is none, for a token before the first start")
]
SecretTenant = Annotated[str, once("Whose secret", "NAME")]
Whole = Annotated[bool, switch("--all", "Also show the settings that have their defaults")]
Online = Annotated[
    bool,
    switch(
        "--online",
        "Also try the data directory, the port, the database, and each account: its token (one login), its "
        "server, its channel, the bot's commands",
    ),
]
InitOut = Annotated[Path, once("File to write", "FILE")]
TokenFile = Annotated[
    str | None, once("File with the Discord token; - reads it from stdin; default asks for it", "FILE")
]
InitServer = Annotated[str | None, once("Link of the thread with the bot, or the id of its server", "LINK")]
InitChannel = Annotated[str | None, once("Id of the thread, unless --server is its link", "ID")]
InitJobs = Annotated[str | None, once("Jobs at a time, 1 to 10", "NUMBER")]
LocalCallbacks = Annotated[
    str | None, once("Whether programs on this machine receive callbacks, yes or no", "ANSWER")
]
Replace = Annotated[bool, switch("--force", "Replace the file if there is one")]
JsonLines = Annotated[bool, switch("--json", "Print one JSON object for each line of the recording")]
MoveFrom = Annotated[
    str,
    typer.Option(
        "--from", metavar="DATABASE", help="An SQLite file or a URL of PostgreSQL; its bridge is stopped"
    ),
]
MoveTo = Annotated[str, typer.Option("--to", metavar="DATABASE", help="An empty database of the other kind")]
MoveDataDir = Annotated[
    Path | None,
    once("Directory of secret.key and uploads; default that of the SQLite file", "DIR"),
]
BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup")]
WithKey = Annotated[
    bool, switch("--with-key", "With the secret key: whoever has the file can read all tokens in it")
]
WithMedia = Annotated[bool, switch("--with-media", "With the videos of the mirror")]
NewDataDir = Annotated[
    Path, typer.Option("--data-dir", metavar="DIR", help="The new data directory; it must be empty")
]
EmptyDatabase = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="For a backup of PostgreSQL: an empty database"),
]
TokenTenant = Annotated[str, once("Tenant that owns the token; created if it does not exist", "NAME")]
Scopes = Annotated[
    list[str] | None,
    once(
        "jobs:read, jobs:write, accounts:read, accounts:write, secrets:read or metrics; repeatable; "
        "default all but metrics",
        "SCOPE",
    ),
]
Expires = Annotated[
    str | None, once("After how long it expires, such as 6s, 30m, 12h, 90d; default never", "DURATION")
]
RequestsPerMinute = Annotated[int | None, once("Most requests per minute", "NUMBER", least=1, most=MOST)]
JobsPerDay = Annotated[int | None, once("Most jobs per day (UTC)", "NUMBER", least=1, most=MOST)]
Streams = Annotated[int | None, once("Most streams at a time", "NUMBER", least=1, most=MOST)]
TokenId = Annotated[str, typer.Argument(metavar="ID", help="The id that token list shows")]
TenantName = Annotated[str, typer.Argument(metavar="NAME", help="The tenant")]
Force = Annotated[bool, switch("--force", "Remove it although it has running jobs")]
ProbeUrl = Annotated[
    str | None,
    once("Probe to ask; default /healthz at BRIDGE_SERVER__HOST, BRIDGE_SERVER__PORT and so on", "URL"),
]
