"""Profiles: the addresses and tokens that `login` has saved, in a file that only its owner can read."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.cli.ready import appear
from bridge.errors import ConfigurationError

FIRST: Final = "default"
"""The profile that is used if none is named."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A bridge and the token that opens it."""

    url: str
    token: str


def profile_file(variables: Mapping[str, str]) -> Path:
    """Return where profiles are: in `XDG_CONFIG_HOME`, if that is an absolute path, else in `~/.config`."""
    configured = Path(variables.get("XDG_CONFIG_HOME", ""))
    folder = configured if configured.is_absolute() else Path.home() / ".config"
    return folder / "pixverse-bridge" / "profile.json"


class Profiles:
    """The profiles of a file, which need not be there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> Profile | None:
        """Return a profile, or None."""
        return self._read().get(name)

    def names(self) -> list[str]:
        """Return the names of all profiles."""
        return sorted(self._read())

    def save(self, name: str, profile: Profile) -> None:
        """Add or replace a profile."""
        self._write({**self._read(), name: profile})

    def remove(self, name: str) -> bool:
        """Remove a profile; returns whether there was one."""
        found = self._read()
        is_there = found.pop(name, None) is not None
        if is_there:
            self._write(found)
        return is_there

    def _read(self) -> dict[str, Profile]:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            return {name: _profile(each) for name, each in kept["profiles"].items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigurationError(
                f"{self.path} is not a file of profiles: delete it and run pixverse-bridge login"
            ) from None

    def _write(self, profiles: Mapping[str, Profile]) -> None:
        kept = {name: {"url": each.url, "token": each.token} for name, each in profiles.items()}
        try:
            os.makedirs(self.path.parent, mode=0o700, exist_ok=True)
            appear(self.path, json.dumps({"profiles": kept}, indent=2) + "\n")
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror}") from None


def _profile(kept: Any) -> Profile:
    return Profile(str(kept["url"]), str(kept["token"]))
