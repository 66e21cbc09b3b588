"""A small MCP SSH server on stdin and stdout, good or bad on purpose, for the load generator to be checked with.

Usage: stdio_server.py [--identity FILE --known-hosts FILE] [FAULT…]

It has the tools of the profile "standard". Each SSH session is a shell behind an ssh process; without a key commands
run in a shell of this machine. A fault is one of the words in FAULTS, some of them with a number behind "=": of
tool calls.
"""

import json
import os
import signal
import subprocess
import sys
import time

FAULTS = """
garbage: a line that is no JSON before each answer       silent=N: the Nth call and those behind it get no answer
exit-at-once: ends before it reads anything               die=N: ends at the Nth call with status 3
endless=N: at the Nth call a line without an end          foreign: a response to another request before each answer
chatty: a megabyte on stderr at each call                 child: starts a process that outlives it
stubborn: does not end with its input, nor by SIGTERM     mute=N: closes stdout at the Nth call and goes on
orphan: as child, in a session of its own                 asks: asks for a ping before each answer, and wants it
late=N: the Nth call is answered after 1.5 s              modern: speaks 2026-07-28 alone
"""


class Server:
    def __init__(self, words):
        self.options = {}
        self.faults = {}
        while words:
            word = words.pop(0)
            if word.startswith("--"):
                self.options[word[2:]] = words.pop(0)
            else:
                name, _, number = word.partition("=")
                self.faults[name] = int(number or 1)
        self.sessions = {}
        self.calls = 0

    def has(self, fault):
        return fault in self.faults

    def is_due(self, fault):
        return self.has(fault) and self.calls >= self.faults[fault]

    def write(self, message):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def connect(self, arguments):
        shell = ["sh"]
        if "identity" in self.options:
            shell = [
                "ssh", "-F", "none", "-T", "-o", "BatchMode=yes", "-i", self.options["identity"],
                "-o", "UserKnownHostsFile=" + self.options["known-hosts"],
                "-p", str(arguments["port"]), arguments["user"] + "@" + arguments["host"], "sh",
            ]
        name = f"session-{len(self.sessions) + 1}"
        process = subprocess.Popen(
            shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.sessions[name] = process
        self.execute(process, "true")
        return {"session_id": name}

    def execute(self, process, command):
        process.stdin.write(f"{{ {command}\n}} </dev/null 2>&1; echo; echo end-of-command $?\n".encode())
        process.stdin.flush()
        lines = []
        for line in process.stdout:
            if line.startswith(b"end-of-command "):
                return b"".join(lines)[:-1].decode(), int(line.split()[1])
            lines.append(line)
        raise RuntimeError("the session has ended")

    def call(self, name, arguments):
        if name == "ssh_connect":
            return self.connect(arguments)
        session = self.sessions.get(arguments["session_id"])
        if session is None:
            raise RuntimeError("unknown session")
        if name == "ssh_disconnect":
            del self.sessions[arguments["session_id"]]
            session.stdin.close()
            session.wait()
            return {"closed": True}
        output, status = self.execute(session, arguments["command"])
        return {"stdout": output, "exit_status": status}

    def answer(self, request):
        method = request["method"]
        if method == "initialize" and not self.has("modern"):
            return {
                "protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                "serverInfo": {"name": "stdio-server", "version": "1"},
            }
        if method == "server/discover" and self.has("modern"):
            return {
                "resultType": "complete", "supportedVersions": ["2026-07-28"],
                "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private",
                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "stdio-server", "version": "1"}},
            }
        if method == "tools/list":
            names = ["ssh_connect", "ssh_run_command", "ssh_disconnect"]
            return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names]}
        if method == "tools/call":
            self.calls += 1
            self.misbehave()
            try:
                result = self.call(request["params"]["name"], request["params"]["arguments"])
                return {"content": [{"type": "text", "text": json.dumps(result)}], "structuredContent": result}
            except Exception as error:
                return {"content": [{"type": "text", "text": str(error)}], "isError": True}
        return None

    def misbehave(self):
        if self.is_due("die"):
            print("this is the last word", file=sys.stderr, flush=True)
            os._exit(3)
        if self.is_due("mute"):
            os.close(1)
            time.sleep(1000)
        while self.is_due("endless"):
            sys.stdout.write("x" * 65536)
            sys.stdout.flush()
        if self.has("chatty"):
            sys.stderr.write(("y" * 1023 + "\n") * 1024)
            sys.stderr.flush()
        if self.has("late") and self.calls == self.faults["late"]:
            time.sleep(1.5)

    def run(self):
        if self.has("exit-at-once"):
            print("no configuration", file=sys.stderr, flush=True)
            sys.exit(2)
        for fault in ["child", "orphan"]:
            if self.has(fault):
                subprocess.Popen(["sleep", "1000"], start_new_session=fault == "orphan")
        if self.has("stubborn"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for line in sys.stdin:
            request = json.loads(line)
            if "id" not in request or "method" not in request:
                continue
            result = self.answer(request)
            if self.has("garbage"):
                print("Listening on stdio ...", flush=True)
            if self.has("foreign"):
                self.write({"jsonrpc": "2.0", "id": "somebody", "result": {}})
            if self.has("asks"):
                self.write({"jsonrpc": "2.0", "id": "ping-1", "method": "ping"})
                assert json.loads(sys.stdin.readline()) == {"jsonrpc": "2.0", "id": "ping-1", "result": {}}
            if self.is_due("silent"):
                continue
            reply = {"jsonrpc": "2.0", "id": request["id"]}
            if result is None:
                reply["error"] = {"code": -32601, "message": "Method not found"}
            else:
                reply["result"] = dict(result, resultType="complete") if self.has("modern") else result
            self.write(reply)
        while self.has("stubborn"):
            time.sleep(1)


Server(sys.argv[1:]).run()
