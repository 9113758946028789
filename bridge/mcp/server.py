"""The server: its tools and prompts, and how it speaks over stdin and stdout."""

from importlib.metadata import version
from typing import Final

from mcp.server.mcpserver import MCPServer

from bridge.client import Client
from bridge.mcp.looking import add_looking
from bridge.mcp.making import add_making
from bridge.mcp.prompts import add_prompts

INSTRUCTIONS: Final = (
    "Makes short videos with the PixVerse bot of Discord, through the user's own account. A tool that makes "
    "something returns a job once the bot has begun; a video takes minutes: call wait_for_job with the job's "
    "id until it has ended. Never repeat a call that makes something because it takes long, or because its "
    "answer was lost: it may make another video. Call list_jobs first. Links to Discord expire after a day."
)


def server_of(client: Client, *, reads_files: bool) -> MCPServer:
    """Return an MCP server on a client; `reads_files` lets an agent name pictures by their path."""
    server = MCPServer(
        "pixverse-bridge",
        title="PixVerse bridge",
        instructions=INSTRUCTIONS,
        version=version("pixverse-bridge"),
        log_level="WARNING",
    )
    add_making(server, client, reads_files=reads_files)
    add_looking(server, client)
    add_prompts(server)
    return server


async def serve_stdio(client: Client) -> None:
    """Serve the program that started this one, up to the end of stdin."""
    await server_of(client, reads_files=True).run_stdio_async()
