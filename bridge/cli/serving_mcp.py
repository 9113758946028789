"""`mcp`: serves agents, over stdin and stdout or over HTTP."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from bridge.cli.client.output import Output
from bridge.cli.client.talking import talk
from bridge.cli.client.target import Given
from bridge.client import Client
from bridge.errors import AddressError, ConfigurationError, why_not_listening

TOKEN: Final = "BRIDGE_MCP_TOKEN"  # noqa: S105 - the name of a variable
SHORTEST_TOKEN: Final = 16


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and which other names the machine has."""

    host: str
    port: int
    other_hosts: Sequence[str]


def serve(given: Given, listening: Listening | None) -> None:
    """Serve agents up to the end of stdin, or over HTTP up to Ctrl-C."""
    if find_spec("mcp") is None:
        raise ConfigurationError("mcp needs a package more: pip install 'pixverse-bridge[mcp]'")
    token = None if listening is None else token_for(listening.host, os.environ)

    async def work(client: Client, output: Output) -> None:
        if listening is None:
            from bridge.mcp.server import serve_stdio

            await serve_stdio(client)
        else:
            await _over_http(client, output, listening, token)

    talk(given, work, is_endless=True)


def token_for(host: str, variables: Mapping[str, str]) -> str | None:
    """Return the token that agents have to send; raises `ConfigurationError` without one beyond loopback."""
    from bridge.mcp.http import is_loopback

    token = variables.get(TOKEN) or None
    if token is None and not is_loopback(host):
        raise ConfigurationError(
            f"--host: {host} is reached from other machines: set {TOKEN} to a token for agents"
        )
    if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise ConfigurationError(f"{TOKEN}: must be at least {SHORTEST_TOKEN} printable characters of ASCII")
    return token


async def _over_http(client: Client, output: Output, wanted: Listening, token: str | None) -> None:
    from bridge.mcp.http import PATH, Access, hosts_of, serve_http

    with listening_at(wanted.host, wanted.port) as server:
        port = server.getsockname()[1]
        shown = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
        output.note(f"Serving agents at http://{shown}:{port}{PATH}; Ctrl-C ends it.")
        await serve_http(client, server, Access(hosts_of(wanted.host, port, wanted.other_hosts), token))


def listening_at(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises `AddressError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressError(f"cannot listen on {host}:{port}: {why_not_listening(error)}") from None
