"""Reads a configuration file."""

import re
from pathlib import Path
from typing import Any

import yaml

from bridge.cli.yaml_loader import Loader
from bridge.errors import ConfigurationError


def read_yaml(path: Path) -> dict[Any, object]:
    """Return the mapping in the file; an empty one for an empty file."""
    content = read_any_yaml(path)
    if not isinstance(content, dict | None):
        raise ConfigurationError(f"{path}: must be a YAML mapping (key: value)")
    return content or {}


def read_any_yaml(path: Path) -> object:
    """Return what is in the file; raises `ConfigurationError` if that is not YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: {syntax(error)}") from None
    except RecursionError:
        raise ConfigurationError(f"{path}: is nested too deeply") from None


def syntax(error: yaml.YAMLError) -> str:
    """Return line, column and the problem, without text of the file, which may be secret."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return "is not valid YAML"
    problem = _without_words(getattr(error, "problem", None) or "is not valid YAML")
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"


def _without_words(problem: str) -> str:
    """Return the library's message without the words of the file that it quotes."""
    if "tag" in problem:
        return "contains a tag, but only plain values are supported"
    return re.sub(r"'[^']*'", lambda quoted: _shown(quoted[0]), problem)


def _shown(quoted: str) -> str:
    return quoted if len(quoted) <= 3 or quoted[1] in "<\\" else "a value"
