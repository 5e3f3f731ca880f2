"""The door for MCP clients: `/mcp`, streamable HTTP without sessions.

The Model Context Protocol in all its versions from 2024-11-05 to 2026-07-28
(https://modelcontextprotocol.io/specification). Nothing is kept between two requests but what is
under way, so that a restart of the daemon is no event to a client. Every call goes through the
toolbox, as from any other door.
"""

from agentd.api.mcp.door import router

__all__ = ["router"]
