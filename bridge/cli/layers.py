"""The sources of settings: flags, environment, file, defaults. The first that has a key wins."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.receiver_url import refusal
from bridge.cli.passwords import passwords_in
from bridge.cli.wording import in_capitals, sentence, unknown, unknown_variable
from bridge.cli.yaml_file import read_yaml
from bridge.config.overrides import CommandRow, EchoRow, PhraseRow
from bridge.config.settings import ENVIRONMENT_PREFIX, ConfiguredAccount, Settings, every_key, variable
from bridge.errors import ConfigurationError

KEYS: Final = tuple(key for key, _ in every_key())
SECTIONS: Final = frozenset(key.rpartition(".")[0] for key in KEYS if "." in key)
FLAGS: Final[Mapping[str, str]] = {
    "server.host": "--host",
    "server.port": "--port",
    "data_dir": "--data-dir",
    "database": "--database",
    "api_token": "--api-token",
    "log.level": "--log-level",
    "log.format": "--log-format",
}
ENTRIES: Final[Mapping[str, type[BaseModel]]] = {
    "accounts": ConfiguredAccount,
    "bot.phrases": PhraseRow,
    "bot.commands": CommandRow,
    "bot.echo": EchoRow,
}
"""The models of list entries and group values."""
UNKNOWN: Final = "extra_forbidden"
OTHER_VARIABLES: Final = (
    "BRIDGE_CONFIG",
    "BRIDGE_READY_FILE",
    "BRIDGE_RECORD",
    "BRIDGE_RECORD_CHANNEL",
    "BRIDGE_RECORD_OUT",
    "BRIDGE_RECORD_SECONDS",
    "BRIDGE_SANDBOX_ACCOUNTS",
    "BRIDGE_SANDBOX_CHATTER",
    "BRIDGE_SANDBOX_DISCORD_HOST",
    "BRIDGE_SANDBOX_DISCORD_PORT",
    "BRIDGE_SANDBOX_SEED",
    "BRIDGE_SANDBOX_VIDEO_SECONDS",
    "BRIDGE_TOKEN",
    "BRIDGE_URL",
)


@dataclass(frozen=True)
class Layer:
    """Raw values by key, and a function that describes where a key was set."""

    values: Mapping[str, object]
    place: Callable[[str], str]


@dataclass(frozen=True)
class Configuration:
    """The settings, and for every key that is set the place it came from."""

    settings: Settings
    places: Mapping[str, str]


def read_flags(values: Mapping[str, object]) -> Layer:
    """Return the flags that are not None."""
    given = {key: value for key, value in values.items() if value is not None}
    return Layer(given, lambda key: FLAGS[key])


def read_environment() -> Layer:
    """Return the environment variables that are settings, written in capitals; empty ones are ignored."""
    known = frozenset(map(variable, KEYS))
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in os.environ.items() if name in known and value}
    return Layer(flat(source(), str), lambda key: f"environment {variable(key)}")


def unknown_variables(names: Iterable[str]) -> Mapping[str, str]:
    """Return a hint for each unknown `BRIDGE_` variable in `names`.

    They are not errors: Kubernetes sets such variables in every pod if there is a service called "bridge".
    """
    known = [variable(key) for key in KEYS] + list(OTHER_VARIABLES)
    others = sorted(name for name in names if name not in known)
    small = {name: in_capitals(name.upper()) for name in others if name.upper() in known}
    ours = [name for name in others if name.startswith(ENVIRONMENT_PREFIX) and name not in small]
    return small | {name: unknown_variable(name, known) for name in ours}


def read_file(path: Path | None) -> Layer:
    """Return the file's values; an empty layer without a path."""
    if path is None:
        return Layer({}, str)

    def place(key: str) -> str:
        return f"{path}: {key}"

    return Layer(flat(read_yaml(path), place), place)


def preset(values: Mapping[str, object], reason: str) -> Layer:
    """Return values that a command sets itself."""
    return Layer(values, lambda _key: reason)


def load(*layers: Layer) -> Configuration:
    """Merge the layers, the first having the highest precedence, and return the settings."""
    deciding = {key: layer for layer in reversed(layers) for key in layer.values}
    try:
        settings = Settings(**nested({key: layer.values[key] for key, layer in deciding.items()}))
    except ValidationError as error:
        details = min(error.errors(include_url=False), key=lambda one: one["type"] != UNKNOWN)
        raise ConfigurationError(complaint(details, deciding)) from None
    places = {key: layer.place(key) for key, layer in deciding.items()}
    _refuse_a_visible_password(settings, places)
    _check_alerts_url(settings, places)
    return Configuration(settings, places)


def _refuse_a_visible_password(settings: Settings, places: Mapping[str, str]) -> None:
    """Refuse a password on the command line: every user of the machine sees it in the list of processes."""
    if places.get("database") == FLAGS["database"] and passwords_in(settings.database or ""):
        raise ConfigurationError(
            f"{FLAGS['database']}: a password on the command line can be read by every user of this machine. "
            "Set BRIDGE_DATABASE, or leave the password out and use a passfile."
        )


def _check_alerts_url(settings: Settings, places: Mapping[str, str]) -> None:
    """Refuse an `alerts.url` that is not allowed; where its name leads is known when the bridge starts."""
    url = settings.alerts.url
    reason = refusal(url, AllowedAddresses(settings.callbacks.allow)) if url else None
    if reason is not None:
        raise ConfigurationError(f"{places['alerts.url']}: {reason}")


def complaint(error: ErrorDetails, deciding: Mapping[str, Layer]) -> str:
    """Return where a value was set and what is wrong with it."""
    *_, length = (n for n in range(len(error["loc"]) + 1) if dotted(error["loc"][:n]) in {"", *deciding})
    key, rest = dotted(error["loc"][:length]), error["loc"][length:]
    tail = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    return f"{deciding[key].place(key)}{tail}: {reason(error)}"


def reason(error: ErrorDetails) -> str:
    """Return what is wrong; for an unknown key with the nearest known one."""
    if error["type"] != UNKNOWN:
        return sentence(error)
    for key, model in ENTRIES.items():
        if dotted(error["loc"]).startswith(f"{key}."):
            fields = (field.alias or name for name, field in model.model_fields.items())
            return unknown("key", str(error["loc"][-1]), fields)
    return unknown("key", dotted(error["loc"]), KEYS)


def dotted(path: tuple[int | str, ...]) -> str:
    """Return a path as a dotted key."""
    return ".".join(str(part) for part in path)


def flat(values: Mapping[Any, object], place: Callable[[str], str], path: str = "") -> dict[str, object]:
    """Return the values by dotted key, without empty ones."""
    found: dict[str, object] = {}
    for name, value in values.items():
        key = f"{path}{name}"
        if "." in str(name):
            raise ConfigurationError(
                f"{place(key)}: {unknown('key', key, ())} (write sections as indented keys)"
            )
        found |= branch(key, value, place) if key in SECTIONS else {key: value}
    return {key: value for key, value in found.items() if value is not None}


def branch(key: str, value: object, place: Callable[[str], str]) -> dict[str, object]:
    """Return the values of a section by key."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        fields = ", ".join(known.removeprefix(f"{key}.") for known in KEYS if known.startswith(f"{key}."))
        raise ConfigurationError(f"{place(key)}: is a section with the keys {fields}")
    return flat(value, place, f"{key}.")


def nested(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the values as nested dictionaries."""
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        branch_of(tree, sections)[name] = value
    return tree


def branch_of(tree: dict[str, Any], sections: Sequence[str]) -> dict[str, Any]:
    """Return the dictionary of a section, which may be within another one."""
    for section in sections:
        tree = tree.setdefault(section, {})
    return tree
