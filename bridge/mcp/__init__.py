"""An MCP server: what an agent can do with a bridge, built on the client alone.

It needs the extra `mcp`, and runs where the agent's program starts it: not in the bridge, but beside it.
"""
