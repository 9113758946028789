"""Every setting of the bridge: its name, default and validation.

`Settings` reads neither the environment nor a file: `bridge.cli.layers` does, and reports
which value came from where. A section is a model, a key is a field; docs/configuration.md explains each.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bridge.accounts.guard_rails import (
    MOST_PACE_S,
    MOST_PER_DAY,
    MOST_WEIGHT,
    OFF,
    read_labels,
    read_quiet_hours,
)
from bridge.accounts.token import read_token
from bridge.callbacks.signing import key_of
from bridge.config.overrides import Overrides
from bridge.config.types import (
    MOST_DAYS,
    Format,
    Level,
    Network,
    Seconds,
    Snowflake,
    Whole,
    lower,
    media_place,
    read_list,
    refuse_a_repeat,
    web_address,
    web_host,
    web_origin,
    web_path,
)
from bridge.jobs.links import DISCORDS_CDN
from bridge.logs import SHORTEST_SECRET
from bridge.store.keys import SHORTEST_KEY, TOO_SHORT

ENVIRONMENT_PREFIX = "BRIDGE_"
SHORTEST_TOKEN = SHORTEST_SECRET
SANDBOX_TOKEN = "sandbox"  # noqa: S105 - everyone knows it, and it opens nothing but a sandbox


class Section(BaseModel):
    """A group of settings; immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Tls(Section):
    """The certificate of the HTTP API, and its key."""

    certificate: Path | None = None
    key: Path | None = None


class Server(Section):
    """The address of the HTTP API, who may call it, and the event loop."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Whole = Field(default=8080, ge=0, le=65535)
    hosts: Annotated[tuple[str, ...], BeforeValidator(read_list)] = ()
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(read_list)] = ()
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(read_list)] = ()
    base_path: str = ""
    tls: Tls = Tls()
    connections: Whole = Field(default=4_096, ge=1)
    connections_per_address: Whole = Field(default=1_024, ge=1)
    metrics: Annotated[Literal["token", "open"], BeforeValidator(lower)] = "token"
    event_loop: Annotated[Literal["asyncio", "uvloop"], BeforeValidator(lower)] = "asyncio"

    @field_validator("base_path")
    @classmethod
    def is_a_path(cls, path: str) -> str:
        """Return the path without a closing slash; `/` is no base path."""
        return web_path(path)

    @field_validator("hosts")
    @classmethod
    def are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        """Return the hosts as a `Host` header is compared with them."""
        return tuple(map(web_host, hosts))

    @field_validator("cors_origins")
    @classmethod
    def are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """Return the origins as browsers send them."""
        return tuple(map(web_origin, origins))


class Discord(Section):
    """The addresses of Discord, and the proxy."""

    api_url: str = "https://discord.com/api"
    gateway_url: str = "wss://gateway.discord.gg"
    cdn_url: str = DISCORDS_CDN
    proxy: str | None = None

    @field_validator("api_url")
    @classmethod
    def name_no_version(cls, url: str) -> str:
        """Return the address; the library appends its own version."""
        address = web_address(url, ("http://", "https://"))
        if address.rpartition("/")[2].removeprefix("v").isdigit():
            raise ValueError("must not contain a version such as /v9")
        return address

    @field_validator("cdn_url")
    @classmethod
    def is_a_web_address(cls, url: str) -> str:
        """Return the address without a closing slash."""
        return web_address(url, ("http://", "https://"))

    @field_validator("gateway_url")
    @classmethod
    def is_a_socket_address(cls, url: str) -> str:
        """Return the address without a closing slash."""
        return web_address(url, ("ws://", "wss://"))

    @field_validator("proxy")
    @classmethod
    def is_a_proxy_address(cls, url: str | None) -> str | None:
        """Return the address of a proxy."""
        return url and web_address(url, ("http://", "https://", "socks5://"))


class ConfiguredAccount(Section):
    """An account that is created at start."""

    discord: SecretStr = Field(min_length=1)
    server: Snowflake
    channel: Snowflake
    max_jobs: Whole = Field(default=10, alias="maxJobs", ge=1, le=10)
    paused: bool | None = None
    max_per_day: Whole | None = Field(default=None, alias="maxPerDay", ge=0, le=MOST_PER_DAY)
    quiet_hours: str | None = Field(default=None, alias="quietHours")
    pace_s: Seconds | None = Field(default=None, le=MOST_PACE_S)
    labels: tuple[str, ...] | None = None
    weight: Whole | None = Field(default=None, ge=1, le=MOST_WEIGHT)

    @field_validator("quiet_hours")
    @classmethod
    def are_hours(cls, given: str | None) -> str | None:
        """Return quiet hours as they are stored."""
        if given is not None and given != OFF:
            read_quiet_hours(given)
        return given

    @field_validator("labels", mode="before")
    @classmethod
    def are_labels(cls, given: object) -> object:
        """Return labels, from a list or from a text with commas; `off` are none."""
        if isinstance(given, list | tuple):
            given = ",".join(map(str, given))
        if not isinstance(given, str):
            return given
        return () if given.strip().lower() == OFF else read_labels(given)

    @field_validator("discord")
    @classmethod
    def is_a_token(cls, given: SecretStr) -> SecretStr:
        """Return the token without what was pasted around it."""
        return SecretStr(read_token(given.get_secret_value()))


class Jobs(Section):
    """How long jobs wait, and how long they are kept."""

    patience_s: Seconds = Field(default=15, le=300)
    silence_s: Seconds = Field(default=1800, gt=0)
    pace_s: Seconds = 1.0
    choice: Annotated[Literal["random", "least_loaded"], BeforeValidator(lower)] = "random"
    keep_days: Whole = Field(default=31, ge=1, le=MOST_DAYS)
    most_passing: Whole = Field(default=100, ge=1)
    queue: Whole = Field(default=0, ge=0, le=10_000)
    queue_if_asked: Whole = Field(default=10, ge=0, le=10_000)
    queue_limit_s: Seconds = 3_600


class Events(Section):
    """How long events are kept that are deleted before their jobs."""

    keep_progress_hours: Whole = Field(default=24, ge=1, le=MOST_DAYS * 24)


class UploadSettings(Section):
    """What may be uploaded."""

    max_bytes: Whole = Field(default=20_971_520, ge=1)


class Media(Section):
    """Where finished videos are kept besides Discord, how many, and for how long."""

    mirror: str | None = Field(default=None, min_length=1)
    public_url: str | None = None
    max_bytes: Whole = Field(default=10_737_418_240, ge=1)
    max_file_bytes: Whole = Field(default=104_857_600, ge=1)
    keep_days: Whole | None = Field(default=None, ge=1, le=MOST_DAYS)

    @field_validator("mirror")
    @classmethod
    def is_a_directory_or_a_bucket(cls, given: str | None) -> str | None:
        """Return a path, or the URL of a bucket."""
        return given and media_place(given)

    @field_validator("public_url")
    @classmethod
    def is_a_web_address(cls, url: str | None) -> str | None:
        """Return the address without a closing slash."""
        return url and web_address(url, ("http://", "https://"))


class Callbacks(Section):
    """Where callbacks may go, and how long each may take."""

    allow: Annotated[tuple[Network, ...], BeforeValidator(read_list)] = ()
    timeout_s: Seconds = Field(default=15, gt=0)
    pauses_s: Annotated[tuple[Seconds, ...], BeforeValidator(read_list)] = (
        *(5, 30, 120, 600, 1_800),
        *(7_200, 18_000, 36_000, 50_400, 72_000, 86_400),
    )


class AlertSettings(Section):
    """Where changes of an account's condition are sent."""

    url: str | None = None

    @field_validator("url")
    @classmethod
    def is_a_web_address(cls, url: str | None) -> str | None:
        """Return the address of the operator's receiver."""
        return url and web_address(url, ("http://", "https://"))


class Log(Section):
    """What is logged, and in which form."""

    level: Level = "info"
    format: Format = "auto"
    access: bool = True


class TracingSettings(Section):
    """Whether traces are made, of which part of the jobs, and where they are sent."""

    enabled: bool = False
    endpoint: str | None = None
    ratio: float | None = Field(default=None, ge=0, le=1)

    @field_validator("endpoint")
    @classmethod
    def is_a_web_address(cls, url: str | None) -> str | None:
        """Return the address without a closing slash."""
        return url and web_address(url, ("http://", "https://"))


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        enable_decoding=False,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    server: Server = Server()
    data_dir: Path = Path("data")
    database: str | None = Field(default=None, min_length=1)
    api_token: SecretStr | None = None
    secret_key: Annotated[tuple[SecretStr, ...], BeforeValidator(read_list)] = ()
    secret_key_file: Path | None = None
    webhook_secret: SecretStr | None = None
    discord: Discord = Discord()
    accounts: Annotated[tuple[ConfiguredAccount, ...], BeforeValidator(read_list)] = ()
    jobs: Jobs = Jobs()
    events: Events = Events()
    uploads: UploadSettings = UploadSettings()
    media: Media = Media()
    callbacks: Callbacks = Callbacks()
    alerts: AlertSettings = AlertSettings()
    bot: Overrides = Overrides()
    log: Log = Log()
    tracing: TracingSettings = TracingSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library passes it by name
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use no sources of pydantic-settings: only the values that are passed, and defaults."""
        return (init_settings,)

    @field_validator("data_dir", "secret_key_file")
    @classmethod
    def know_the_home(cls, path: Path | None) -> Path | None:
        """Return the path with `~` expanded."""
        return path and path.expanduser()

    @field_validator("secret_key")
    @classmethod
    def is_long_enough(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """Refuse a short key; earlier keys, which only decrypt, may be short."""
        if keys and len(keys[0].get_secret_value()) < SHORTEST_KEY:
            raise ValueError(TOO_SHORT)
        return keys

    @field_validator("api_token")
    @classmethod
    def opens_for_its_owner_alone(cls, token: SecretStr | None) -> SecretStr | None:
        """Refuse a token that an `Authorization` header cannot carry, or that can be guessed."""
        text = SANDBOX_TOKEN if token is None else token.get_secret_value()
        if not text:
            raise ValueError(
                "is empty: it would open the API to everyone. Leave it out to have one generated"
            )
        if not all("!" <= letter <= "~" for letter in text):
            raise ValueError("may hold only printable ASCII characters without spaces")
        if len(text) < SHORTEST_TOKEN and text != SANDBOX_TOKEN:
            raise ValueError(
                f"has fewer than {SHORTEST_TOKEN} characters: it can be guessed, and not be hidden in the log"
            )
        return token

    @field_validator("webhook_secret")
    @classmethod
    def can_sign(cls, secret: SecretStr | None) -> SecretStr | None:
        """Refuse an invalid webhook secret."""
        if secret is not None:
            key_of(secret.get_secret_value())
        return secret

    @field_validator("accounts")
    @classmethod
    def serve_each_token_and_channel_once(
        cls, accounts: tuple[ConfiguredAccount, ...]
    ) -> tuple[ConfiguredAccount, ...]:
        """Refuse two accounts with one Discord token or one channel."""
        refuse_a_repeat("discord token", [account.discord.get_secret_value() for account in accounts])
        refuse_a_repeat("channel", [account.channel for account in accounts])
        return accounts


def every_key(model: Any = Settings, path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key such as `server.port`, in order; the fields of a list entry are not keys."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from every_key(field.annotation, f"{path}{name}.")
        else:
            yield f"{path}{name}", field


def variable(key: str) -> str:
    """Return the environment variable of a key."""
    return ENVIRONMENT_PREFIX + key.upper().replace(".", "__")
