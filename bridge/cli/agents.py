"""The command that serves agents."""

from typing import Annotated

import typer

from bridge.cli.client import options as given
from bridge.cli.client.outcomes import EXIT_CODES
from bridge.cli.client.target import Given
from bridge.cli.help_pages import Commands
from bridge.cli.options import once, switch

app = Commands()


@app.command(epilog=EXIT_CODES, rich_help_panel="Agents, of a running bridge")
def mcp(
    http: Annotated[  # noqa: FBT002 - a switch of the command line
        bool, switch("--http", "Serve streamable HTTP instead of stdin and stdout")
    ] = False,
    host: Annotated[
        str, once("Address to listen on, with --http; needs BRIDGE_MCP_TOKEN unless loopback", "HOST")
    ] = "127.0.0.1",
    port: Annotated[
        int, once("Port to listen on, with --http; 0 for a free one", "PORT", least=0, most=65535)
    ] = 8090,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST[:PORT]", help="Other name that the Host header may have; can be repeated"),
    ] = None,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
) -> None:
    """Serve agents the Model Context Protocol: tools to make videos with a running bridge.

    An agent's program starts it and talks to it over stdin and stdout. docs/mcp.md has the configuration.
    """
    from bridge.cli.serving_mcp import Listening, serve

    wanted = Listening(host, port, tuple(allow_host or ())) if http else None
    serve(Given(url, token, profile, as_json=False), wanted)
