"""A small MCP server on the SDK of PyPI that is installed, 1.x or 2.x, for the load generator to be checked with.

Usage: sdk_server.py PORT|stdio

Its one tool has the form of the tool profile "stateless" and runs commands of this machine. A command with the
word `polled` has its stream closed before its answer is there (MCP 2025-11-25), where a client is to come again.
"""

import asyncio
import importlib.metadata
import sys
from typing import Annotated

import uvicorn
from pydantic import Field

MAJOR = int(importlib.metadata.version("mcp").split(".")[0])
if MAJOR == 1:
    from mcp.server.fastmcp import Context, FastMCP
    from mcp.server.streamable_http import EventMessage, EventStore
else:
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.streamable_http import EventMessage, EventStore


class Events(EventStore):
    """The events of streams that may be gone on with."""

    def __init__(self):
        self.all = []

    async def store_event(self, stream_id, message):
        self.all.append((stream_id, message))
        return str(len(self.all))

    async def replay_events_after(self, last_event_id, send_callback):
        number = int(last_event_id)
        if not 0 < number <= len(self.all):
            return None
        stream = self.all[number - 1][0]
        for index, (owner, message) in enumerate(self.all[number:], number + 1):
            if owner == stream and message is not None:
                await send_callback(EventMessage(message, str(index)))
        return stream


async def ssh_exec(
    host: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Host"})],
    command: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Command"})],
    context: Context,
    port: int = 22,
) -> str:
    """Runs a command."""
    if "polled" in command:
        await context.close_sse_stream()
        await asyncio.sleep(0.05)
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output.decode()


def main():
    if sys.argv[1] == "stdio":
        server = FastMCP("sdk") if MAJOR == 1 else MCPServer("sdk")
        server.tool()(ssh_exec)
        server.run("stdio")
        return
    port = int(sys.argv[1])
    if MAJOR == 1:
        server = FastMCP("sdk", port=port, event_store=Events(), retry_interval=20)
        server.tool()(ssh_exec)
        application = server.streamable_http_app()
    else:
        server = MCPServer("sdk")
        server.tool()(ssh_exec)
        application = server.streamable_http_app(event_store=Events(), retry_interval=20)
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="error")


main()
