"""Which bridge a command talks to, and with which token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bridge.cli.client.profiles import FIRST, Profile, Profiles
from bridge.errors import ConfigurationError

DEFAULT_URL: Final = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Given:
    """The options that every command has."""

    url: str | None
    token: str | None
    profile: str | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A bridge, and the token that opens it, if one is known."""

    url: str
    token: str | None


def target_of(given: Given, variables: Mapping[str, str], profiles: Profiles) -> Target:
    """Return the target: options come first, then the variables, then the profile.

    A profile that is named comes before the variables. Its token goes to its own address only. The file of
    the profiles is not read where nothing of it is needed: it may be damaged.
    """
    read = variables if given.profile is None else {}
    told, token = given.url or read.get("BRIDGE_URL"), given.token or read.get("BRIDGE_TOKEN")
    saved = None if told and token else _saved(given.profile, profiles)
    kept = saved.url if saved else DEFAULT_URL
    url = checked_url(told or kept, "--url" if given.url else "BRIDGE_URL")
    return Target(url, token or _token_for(url, saved))


def checked_url(text: str, place: str) -> str:
    """Return a base URL without a slash at its end; raises `ConfigurationError` for anything else."""
    try:
        parts = urlsplit(text.strip())
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise ConfigurationError(f"{place}: {text!r} is not a URL such as {DEFAULT_URL}")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(f"{place}: must be scheme, host, port and path only")
    return text.strip().rstrip("/")


def _saved(name: str | None, profiles: Profiles) -> Profile | None:
    return profiles.get(FIRST) if name is None else _named(name, profiles)


def _named(name: str, profiles: Profiles) -> Profile:
    found = profiles.get(name)
    if found is None:
        known = ", ".join(profiles.names())
        others = f"; there is {known}" if known else ""
        raise ConfigurationError(
            f"--profile: there is no profile {name!r}{others}. "
            f"pixverse-bridge login --profile {name} makes it"
        )
    return found


def _token_for(url: str, profile: Profile | None) -> str | None:
    return profile.token if profile is not None and profile.url == url else None
