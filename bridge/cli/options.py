"""The options of the commands: flag, environment variable, help."""

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


def switch(flag: str, variable: str, text: str) -> typer.models.OptionInfo:
    """Return an option without a value."""
    option: typer.models.OptionInfo = typer.Option(
        flag, envvar=variable, show_envvar=False, help=f"{text} (environment {variable})"
    )
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
KeysAsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        envvar="BRIDGE_KEYS_JSON",
        show_envvar=False,
        help="Print JSON (environment BRIDGE_KEYS_JSON)",
    ),
]
DropUnreadable = Annotated[
    bool,
    typer.Option(
        "--drop-unreadable",
        envvar="BRIDGE_KEYS_DROP_UNREADABLE",
        show_envvar=False,
        help="Give up the secrets that no key decrypts, for example because the key is lost: their accounts "
        "then need their tokens again (environment BRIDGE_KEYS_DROP_UNREADABLE)",
    ),
]
SecretTenant = Annotated[str, own("BRIDGE_WEBHOOK_SECRET_TENANT", "Whose secret", "NAME")]
Whole = Annotated[
    bool,
    typer.Option(
        "--all",
        envvar="BRIDGE_CHECK_ALL",
        show_envvar=False,
        help="Show the settings that have their defaults too (environment BRIDGE_CHECK_ALL)",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        envvar="BRIDGE_EXPLAIN_JSON",
        show_envvar=False,
        help="Print one JSON object for each line of the recording (environment BRIDGE_EXPLAIN_JSON)",
    ),
]
TokenTenant = Annotated[
    str, own("BRIDGE_TOKEN_TENANT", "Whom the token belongs to; a new name is a new tenant", "NAME")
]
Scopes = Annotated[
    list[str] | None,
    own(
        "BRIDGE_TOKEN_SCOPE",
        "jobs:read, jobs:write, accounts:read, accounts:write or secrets:read; can be repeated; default all",
        "SCOPE",
    ),
]
Expires = Annotated[
    str | None, own("BRIDGE_TOKEN_EXPIRES", "After how long it expires, such as 6s, 30m, 12h, 90d", "SPAN")
]
RequestsPerMinute = Annotated[
    int | None,
    own("BRIDGE_TOKEN_REQUESTS_PER_MINUTE", "Most requests per minute", "NUMBER", least=1, most=MOST),
]
JobsPerDay = Annotated[
    int | None, own("BRIDGE_TOKEN_JOBS_PER_DAY", "Most jobs per day (UTC)", "NUMBER", least=1, most=MOST)
]
Streams = Annotated[
    int | None, own("BRIDGE_TOKEN_STREAMS", "Most streams at a time", "NUMBER", least=1, most=MOST)
]
TokenJson = Annotated[bool, switch("--json", "BRIDGE_TOKEN_JSON", "Print JSON")]
TokenId = Annotated[str, typer.Argument(metavar="ID", help="The id that token list shows")]
TenantJson = Annotated[bool, switch("--json", "BRIDGE_TENANT_JSON", "Print JSON")]
TenantName = Annotated[str, typer.Argument(metavar="NAME", help="The tenant")]
Force = Annotated[bool, switch("--force", "BRIDGE_TENANT_FORCE", "Remove it although it has running jobs")]
