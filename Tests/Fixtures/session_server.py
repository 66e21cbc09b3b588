"""A small MCP server that keeps what sessions leave behind, where it is told to; Python's library alone.

Usage: session_server.py PORT IDLE_SECONDS [KEPT ...]

It ends a session by DELETE, or after IDLE_SECONDS of silence. KEPT is what it does not give back then: `bytes`, 4 KiB
of each session; `descriptor` or `child`, one of a hundred sessions; `session`: those that were left are never ended.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

IDLE = float(sys.argv[2])
KEPT = sys.argv[3:]
LOCK = threading.Lock()
sessions = {}
kept = []
begun = 0


def begin():
    global begun
    identity = uuid.uuid4().hex
    with LOCK:
        begun += 1
        sessions[identity] = [time.monotonic(), bytearray(b"x" * 4096)]
        if begun % 100 == 0:
            if "descriptor" in KEPT:
                kept.append(os.open("/dev/null", os.O_RDONLY))
            if "child" in KEPT:
                kept.append(subprocess.Popen(["sleep", "600"], close_fds=True))
    return identity


def end(identity):
    with LOCK:
        session = sessions.pop(identity, None)
        if session and "bytes" in KEPT:
            kept.append(session[1])
    return session is not None


def sweep():
    while True:
        time.sleep(0.25)
        now = time.monotonic()
        with LOCK:
            silent = [i for i, s in sessions.items() if s[0] + IDLE < now]
        for identity in silent:
            end(identity)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, body=b"", kind="application/json", **fields):
        head = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        head += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        self.wfile.write("\r\n".join(head + ["", ""]).encode() + body)

    def do_GET(self):
        if self.path == "/metrics":
            return self.answer(200, f"mcp_sessions_active {len(sessions)}\n".encode(), "text/plain")
        self.answer(404)

    def do_DELETE(self):
        self.answer(204 if end(self.headers.get("Mcp-Session-Id")) else 404)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method = message.get("method")
        if method == "initialize":
            result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                      "serverInfo": {"name": "sessions", "version": "1"}}
            return self.reply(message, result, Mcp_Session_Id=begin())
        session = sessions.get(self.headers.get("Mcp-Session-Id"))
        if session is None:
            return self.answer(404)
        session[0] = time.monotonic()
        if "id" not in message:
            return self.answer(202)
        tool = {"name": "nothing", "inputSchema": {"type": "object"}}
        self.reply(message, {"tools": [tool]} if method == "tools/list" else {})

    def reply(self, message, result, **fields):
        body = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        self.answer(200, json.dumps(body).encode(), **fields)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


if "session" not in KEPT:
    threading.Thread(target=sweep, daemon=True).start()
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
