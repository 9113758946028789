"""`login` and `logout`: which bridge to talk to, and with which token."""

import os
import sys
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import typer

from bridge.cli.client.output import Output
from bridge.cli.client.profiles import FIRST, Profile, Profiles, profile_file
from bridge.cli.client.talking import run
from bridge.cli.client.target import DEFAULT_URL, Given, Target, checked_url
from bridge.client import Client, Token
from bridge.errors import ConfigurationError

IN_THE_OPEN: Final = (
    "Warning: this address begins with http://, so anyone on the network between can read the token. "
    "Use https:// where the bridge has it."
)


def login(given: Given) -> None:
    """Ask for address and token, try them, and save them as a profile."""
    name = given.profile or FIRST
    profiles = Profiles(profile_file(os.environ))
    kept = profiles.get(name)
    url = checked_url(given.url or _asked_url(kept.url if kept else DEFAULT_URL), "URL")
    if is_open_to_others(url):
        Output(as_json=given.as_json).note(IN_THE_OPEN)
    target = Target(url, given.token or _asked_token())

    async def save(client: Client, output: Output) -> None:
        token = await client.token()
        profiles.save(name, Profile(url, target.token or ""))
        if output.as_json:
            output.json({"profile": name, "url": url, **token.raw})
        else:
            output.text(f"Logged in to {url}: {_what_it_may(token)}.")
            output.text(f"Saved as profile {name} in {profiles.path}.")
        _warn_of_variables(output)

    run(target, save, as_json=given.as_json)


def is_open_to_others(url: str) -> bool:
    """Tell whether what is sent to an address crosses a network without encryption."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_here = ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "http" and not is_here


def logout(profile: str | None, *, as_json: bool) -> None:
    """Remove a profile."""
    name = profile or FIRST
    profiles = Profiles(profile_file(os.environ))
    if not profiles.remove(name):
        raise ConfigurationError(f"There is no profile {name!r} in {profiles.path}")
    output = Output(as_json=as_json)
    if as_json:
        output.json({"profile": name, "removed": True})
    else:
        output.text(f"Removed profile {name}.")


def _what_it_may(token: Token) -> str:
    expires = f"until {token.expires}" if token.expires else "does not expire"
    return f"tenant {token.tenant}, {' '.join(token.scopes) or 'no scopes'}, {expires}"


def _asked_url(suggested: str) -> str:
    if not sys.stdin.isatty():
        return suggested
    return str(typer.prompt("URL of the bridge", default=suggested, err=True))


def _asked_token() -> str:
    if sys.stdin.isatty():
        text = str(typer.prompt("API token (not shown)", hide_input=True, err=True))
    else:
        text = sys.stdin.readline()
    if not text.strip():
        raise ConfigurationError("The API token is empty: type it, or send it to stdin")
    return text.strip()


def _warn_of_variables(output: Output) -> None:
    found = [name for name in ("BRIDGE_URL", "BRIDGE_TOKEN") if os.environ.get(name)]
    if found:
        output.note(f"Note: {' and '.join(found)} of the environment come before the profile.")
