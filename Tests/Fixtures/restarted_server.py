"""A small MCP server with SSH tools that run nothing, bad on purpose in what it does after a restart.

Usage: restarted_server.py PORT DIRECTORY [--ended STATUS] [--warm-up SECONDS] [--keep-half] [--impatient]

It keeps its sessions' ids in the directory, by which it knows that it was started before. Without options it is
good: an id of an earlier process is answered by 404.
"""

import argparse
import http.server
import json
import pathlib
import threading
import time
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("directory", type=pathlib.Path)
parser.add_argument("--ended", type=int, default=404, help="the status for an id of an earlier process")
parser.add_argument("--warm-up", type=float, default=0, help="seconds of 503 after a restart")
parser.add_argument("--keep-half", action="store_true", help="half of the earlier sessions count for ever")
parser.add_argument("--impatient", action="store_true", help="503 to what waited while it was stopped")
options = parser.parse_args()

store = options.directory / f"sessions-{options.port}"
earlier = store.read_text().split() if store.exists() else None
started = time.monotonic()
lock = threading.Lock()
sessions = set()
kept = len(earlier) // 2 if earlier and options.keep_half else 0
most = len(earlier) if kept else None
ticked = started
refuses_until = 0.0


def save():
    store.write_text(" ".join(sorted(sessions)))


def tick():
    while True:
        note()
        time.sleep(0.05)


def note():
    """Finds out that the process was stopped: its clock made a jump."""
    global ticked, refuses_until
    now = time.monotonic()
    if now - ticked > 1:
        refuses_until = now + 0.5
    ticked = max(ticked, now)
    return now < refuses_until


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None, session=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if session:
            self.send_header("Mcp-Session-Id", session)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200 if self.path == "/health" else 405)

    def do_DELETE(self):
        with lock:
            known = self.headers["Mcp-Session-Id"] in sessions
            sessions.discard(self.headers["Mcp-Session-Id"])
            save()
        self.answer(204 if known else 404)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = message.get("id")

        def fail(status, words):
            self.answer(status, {"jsonrpc": "2.0", "id": number, "error": {"code": -32000, "message": words}})

        if options.impatient and note():
            return fail(503, "it waited for too long")
        if earlier is not None and time.monotonic() < started + options.warm_up:
            return fail(503, "not warm yet")
        if message["method"] == "initialize":
            with lock:
                if most is not None and kept + len(sessions) >= most:
                    return fail(503, "there are too many of them")
                session = uuid.uuid4().hex
                sessions.add(session)
                save()
            result = {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "restarted", "version": "1"},
            }
            return self.answer(200, {"jsonrpc": "2.0", "id": number, "result": result}, session)
        if self.headers["Mcp-Session-Id"] not in sessions:
            return fail(options.ended, "who are you?")
        if number is None:
            return self.answer(202)
        if message["method"] == "tools/list":
            names = ["ssh_connect", "ssh_run_command", "ssh_disconnect"]
            result = {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names]}
        else:
            words = message["params"]["arguments"].get("command", "").split()
            # What a shell says to the commands of a load, and to the question whether there is one.
            text = " ".join(words[1:]) if words[:1] == ["echo"] else "host"
            result = {"content": [{"type": "text", "text": text}]}
            if message["params"]["name"] == "ssh_connect":
                result["structuredContent"] = {"session_id": uuid.uuid4().hex}
        self.answer(200, {"jsonrpc": "2.0", "id": number, "result": result})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


save()
threading.Thread(target=tick, daemon=True).start()
Server(("127.0.0.1", options.port), Handler).serve_forever()
