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
from bridge.config.overrides import EchoRow, PhraseRow
from bridge.config.settings import ENVIRONMENT_PREFIX, ConfiguredAccount, Settings, every_key, variable
from bridge.config.verb_rows import CommandRow, FieldSettings
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
MISSING: Final = "missing"
OTHER_VARIABLES: Final = (
    "BRIDGE_CONFIG",
    "BRIDGE_MCP_TOKEN",
    "BRIDGE_READY_FILE",
    "BRIDGE_RECORD",
    "BRIDGE_RECORD_CHANNEL",
    "BRIDGE_RECORD_OUT",
    "BRIDGE_RECORD_SECONDS",
    "BRIDGE_SANDBOX_ACCOUNTS",
    "BRIDGE_SANDBOX_BOT",
    "BRIDGE_SANDBOX_BOT_COMMANDS",
    "BRIDGE_SANDBOX_BOT_DRIFT",
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
    """Raw values by key, a function that describes where a key was set, and what is no key at all."""

    values: Mapping[str, object]
    place: Callable[[str], str]
    mistakes: Sequence[str] = ()


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
    return layer_of(source(), lambda key: f"environment {variable(key)}")


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

    return layer_of(read_yaml(path), place)


def bot_section(path: Path | None) -> Layer:
    """Return only what the file says about the bot."""
    layer = read_file(path)
    values = {key: value for key, value in layer.values.items() if key.partition(".")[0] == "bot"}
    return Layer(values, layer.place, layer.mistakes)


def layer_of(values: Mapping[Any, object], place: Callable[[str], str]) -> Layer:
    """Return nested values as a layer."""
    mistakes: list[str] = []
    return Layer(flat(values, place, mistakes), place, mistakes)


def preset(values: Mapping[str, object], reason: str) -> Layer:
    """Return values that a command sets itself."""
    return Layer(values, lambda _key: reason)


def load(*layers: Layer) -> Configuration:
    """Merge the layers, the first having the highest precedence, and return the settings.

    Raises `ConfigurationError` with the first mistake and the number of the others.
    """
    configuration, mistakes = examined(*layers)
    if mistakes:
        first, *others = mistakes
        more = f" (and {len(others)} more, which pixverse-bridge check lists)" if others else ""
        raise ConfigurationError(f"{first}{more}")
    return configuration


def examined(*layers: Layer) -> tuple[Configuration, Sequence[str]]:
    """Return the settings without the values that are wrong, and what is wrong with those."""
    mistakes = [mistake for layer in layers for mistake in layer.mistakes]
    deciding = {key: layer for layer in reversed(layers) for key in layer.values}
    errors = _errors(deciding)
    mistakes += [complaint(error, deciding) for error in errors]
    wrong = {key_and_rest(error, deciding)[0] for error in errors}
    usable = {key: layer for key, layer in deciding.items() if key not in wrong}
    places = {key: layer.place(key) for key, layer in usable.items()}
    configuration = Configuration(_settings(usable), places)
    mistakes += filter(None, (_visible_password(configuration), _refused_alerts_url(configuration)))
    return configuration, mistakes


def _settings(deciding: Mapping[str, Layer]) -> Settings:
    return Settings(**nested({key: layer.values[key] for key, layer in deciding.items()}))


def _errors(deciding: Mapping[str, Layer]) -> Sequence[ErrorDetails]:
    """Return what the settings say about the values, unknown keys first.

    Beside an unknown key, no missing one is told: it is the one that was meant.
    """
    try:
        _settings(deciding)
    except ValidationError as error:
        found = error.errors(include_url=False)
    else:
        return ()
    strange = [one for one in found if one["type"] == UNKNOWN]
    groups = {one["loc"][:-1] for one in strange}
    others = [one for one in found if one not in strange]
    return [*strange, *(one for one in others if one["type"] != MISSING or one["loc"][:-1] not in groups)]


def _visible_password(configuration: Configuration) -> str | None:
    """Refuse a password on the command line: every user of the machine sees it in the list of processes."""
    is_visible = configuration.places.get("database") == FLAGS["database"]
    if not is_visible or not passwords_in(configuration.settings.database or ""):
        return None
    return (
        f"{FLAGS['database']}: a password on the command line can be read by every user of this machine. "
        "Set BRIDGE_DATABASE, or leave the password out and use a passfile."
    )


def _refused_alerts_url(configuration: Configuration) -> str | None:
    """Refuse an `alerts.url` that is not allowed; where its name leads is known when the bridge starts."""
    settings = configuration.settings
    url = settings.alerts.url
    reason = refusal(url, AllowedAddresses(settings.callbacks.allow)) if url else None
    return f"{configuration.places['alerts.url']}: {reason}" if reason is not None else None


def complaint(error: ErrorDetails, deciding: Mapping[str, Layer]) -> str:
    """Return where a value was set and what is wrong with it."""
    key, rest = key_and_rest(error, deciding)
    tail = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    return f"{deciding[key].place(key)}{tail}: {reason(error)}"


def key_and_rest(error: ErrorDetails, deciding: Mapping[str, Layer]) -> tuple[str, tuple[int | str, ...]]:
    """Return the key that an error is about, and where in its value it is."""
    *_, length = (n for n in range(len(error["loc"]) + 1) if dotted(error["loc"][:n]) in {"", *deciding})
    return dotted(error["loc"][:length]), error["loc"][length:]


def reason(error: ErrorDetails) -> str:
    """Return what is wrong; for an unknown key with the nearest known one."""
    if error["type"] != UNKNOWN:
        return sentence(error)
    for key, model in ENTRIES.items():
        if dotted(error["loc"]).startswith(f"{key}."):
            model = FieldSettings if _is_of_a_field(error["loc"]) else model
            fields = (field.alias or name for name, field in model.model_fields.items())
            return unknown("key", str(error["loc"][-1]), fields)
    return unknown("key", dotted(error["loc"]), KEYS)


def _is_of_a_field(path: tuple[int | str, ...]) -> bool:
    """Return whether a key is one of a field of a verb: bot.commands.<verb>.fields.<field>.<key>."""
    return path[:2] == ("bot", "commands") and len(path) == 6


def dotted(path: tuple[int | str, ...]) -> str:
    """Return a path as a dotted key."""
    return ".".join(str(part) for part in path)


def flat(
    values: Mapping[Any, object], place: Callable[[str], str], mistakes: list[str], path: str = ""
) -> dict[str, object]:
    """Return the values by dotted key, without empty ones; what is no key is added to `mistakes`."""
    found: dict[str, object] = {}
    for name, value in values.items():
        key = f"{path}{name}"
        if "." in str(name):
            mistakes.append(f"{place(key)}: {unknown('key', key, ())} (write sections as indented keys)")
        elif key in SECTIONS:
            found |= branch(key, value, place, mistakes)
        else:
            found[key] = value
    return {key: value for key, value in found.items() if value is not None}


def branch(key: str, value: object, place: Callable[[str], str], mistakes: list[str]) -> dict[str, object]:
    """Return the values of a section by key."""
    if isinstance(value, dict):
        return flat(value, place, mistakes, f"{key}.")
    if value is not None:
        fields = ", ".join(known.removeprefix(f"{key}.") for known in KEYS if known.startswith(f"{key}."))
        mistakes.append(f"{place(key)}: is a section with the keys {fields}")
    return {}


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
