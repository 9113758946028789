"""Which configuration file is read, and whether one that nobody has named is the bridge's at all.

Many programs have a `config.yaml`. One in the working directory is read without being named, so it is looked
at first.
"""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from bridge.cli.yaml_file import read_any_yaml
from bridge.config.settings import every_key
from bridge.errors import ConfigurationError
from bridge.logs.controls import with_pictures

DEFAULT_FILE: Final = Path("config.yaml")
OTHER_NAME: Final = Path("config.yml")
KEYS: Final = frozenset(key.partition(".")[0] for key, _ in every_key())
NEAR: Final = 0.75
"""How near a mistyped key is to the one that was meant."""
OTHERS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("a Docker Compose file", frozenset({"services"})),
    ("a Kubernetes object", frozenset({"apiVersion", "kind"})),
    ("a GitHub Actions workflow", frozenset({"on", "jobs"})),
    ("a CircleCI configuration", frozenset({"version", "jobs", "workflows"})),
    ("an OpenAPI description", frozenset({"openapi", "paths"})),
    ("a configuration of Prometheus", frozenset({"scrape_configs"})),
    ("a configuration of Grafana Loki", frozenset({"schema_config"})),
    ("a configuration of Home Assistant", frozenset({"homeassistant"})),
    ("a configuration of Traefik", frozenset({"entryPoints"})),
    ("a configuration of cloudflared", frozenset({"tunnel", "ingress"})),
    ("a configuration of MkDocs", frozenset({"site_name"})),
    ("a configuration of Hugo", frozenset({"baseURL"})),
)
"""Files of other programs, by keys that only they have."""
GO_ON: Final = "start in another directory, or name a file: --config FILE (--config /dev/null for none)"


def chosen_file(flag: Path | None) -> Path | None:
    """Return the file named by the flag or by `BRIDGE_CONFIG`, else ./config.yaml if there is one.

    Raises `ConfigurationError` if ./config.yaml is not the bridge's, or if it is called config.yml.
    """
    named = flag or (Path(os.environ["BRIDGE_CONFIG"]) if os.environ.get("BRIDGE_CONFIG") else None)
    if named is not None:
        return named
    if DEFAULT_FILE.exists():
        _refuse_of_another(DEFAULT_FILE)
        return DEFAULT_FILE
    if _is_ours(OTHER_NAME):
        raise ConfigurationError(
            f"{OTHER_NAME}: is not read, because only {DEFAULT_FILE} is: rename it, or name it: "
            f"--config {OTHER_NAME}"
        )
    return None


def unread_files() -> Mapping[str, str]:
    """Return a hint for each file that could be taken for the configuration and is not."""
    if not OTHER_NAME.exists():
        return {}
    return {f"file {OTHER_NAME}": f"is not read: the file is {DEFAULT_FILE}, or the one of --config"}


def _refuse_of_another(path: Path) -> None:
    try:
        content = read_any_yaml(path)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error} (if it is another program's, {GO_ON})") from None
    other = _program_of(content)
    if other is not None:
        raise ConfigurationError(f"{path}: is not a file of the bridge but {other}: {GO_ON}")


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        content = read_any_yaml(path)
    except ConfigurationError:
        return False
    return bool(content) and _program_of(content) is None


def _program_of(content: object) -> str | None:
    """Return whose file it seems to be, None if it is the bridge's."""
    if content is None:
        return None
    if not isinstance(content, dict):
        return "a list" if isinstance(content, list) else "a text"
    names = [str(name) for name in content]
    strange = [name for name in names if name.partition(".")[0] not in KEYS]
    for program, signs in OTHERS:
        if strange and signs <= set(names):
            return program
    is_ours = len(strange) <= len(names) - len(strange) or all(map(_is_a_slip, strange))
    return None if is_ours else f"one of another program, with the keys {_listed(names)}"


def _is_a_slip(name: str) -> bool:
    return bool(get_close_matches(name.partition(".")[0], KEYS, n=1, cutoff=NEAR))


def _listed(names: Iterable[str]) -> str:
    first = [with_pictures(name)[:30] for name in names]
    return ", ".join(first[:5]) + (" …" if len(first) > 5 else "")
