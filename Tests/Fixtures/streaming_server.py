"""A small MCP server with event streams (GET, MCP 2025-11-25), right or leaking in one way.

Usage: streaming_server.py [--leak memory|descriptors|threads|processes] [--every N] [--most N] PORT

Of so many streams that a client has hung up on, one leaves behind 8 KiB, a descriptor, a thread or a child process. With
--most it refuses further streams once it holds so many.
"""

import argparse
import asyncio
import json
import os
import subprocess
import threading
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("--leak", choices=["memory", "descriptors", "threads", "processes"])
parser.add_argument("--every", type=int, default=1)
parser.add_argument("--most", type=int)
parser.add_argument("port", type=int)
options = parser.parse_args()

streams = 0
ended = 0
kept = []


def leave_behind():
    global ended
    ended += 1
    if not options.leak or ended % options.every:
        return
    if options.leak == "memory":
        kept.append(bytearray(os.urandom(8192)))
    elif options.leak == "descriptors":
        kept.append(os.open("/dev/null", os.O_RDONLY))
    elif options.leak == "threads":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    else:
        kept.append(subprocess.Popen(["sleep", "600"]))


def answer(message):
    """The result of a request; nothing for a notification."""
    method = message.get("method")
    if "id" not in message:
        return None
    if method == "initialize":
        return {
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "streaming", "version": "1"},
        }
    return {"tools": []} if method == "tools/list" else {}


def head(status, *fields):
    return ("\r\n".join([f"HTTP/1.1 {status}", *fields]) + "\r\n\r\n").encode()


async def hold(reader, writer):
    global streams
    if options.most is not None and streams >= options.most:
        writer.write(head("503 Service Unavailable", "Content-Length: 0"))
        return
    streams += 1
    try:
        writer.write(head("200 OK", "Content-Type: text/event-stream", "Connection: close"))
        await writer.drain()
        # A client says nothing more before it hangs up.
        await reader.read(1)
    finally:
        streams -= 1
        leave_behind()
    raise ConnectionError


async def serve(reader, writer):
    try:
        while True:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method = lines[0].split(" ")[0]
            length = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
            body = await reader.readexactly(length[0]) if length else b""
            if method == "GET":
                await hold(reader, writer)
                continue
            if method == "DELETE":
                writer.write(head("204 No Content"))
                continue
            message = json.loads(body)
            result = answer(message)
            if result is None:
                writer.write(head("202 Accepted", "Content-Length: 0"))
                continue
            reply = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
            fields = ["Content-Type: application/json", f"Content-Length: {len(reply)}"]
            if message["method"] == "initialize":
                fields.append(f"Mcp-Session-Id: {uuid.uuid4().hex}")
            writer.write(head("200 OK", *fields) + reply)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", options.port, backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
