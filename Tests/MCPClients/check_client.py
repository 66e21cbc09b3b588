"""Checks mcp-ssh-server with the MCP client of PyPI that is installed, 1.x or 2.x.

Usage: check_client.py SERVER-EXECUTABLE

Starts an sshd of its own on a free loopback port (from $LOADTEST_SSHD, /usr/sbin, /usr/local/sbin
or PATH) and the server in front of it, and ends both. Exits with 1 at the first difference.
"""

import asyncio
import contextlib
import getpass
import importlib.metadata
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from prometheus_client.parser import text_string_to_metric_families

VERSION = importlib.metadata.version("mcp")
MAJOR = int(VERSION.split(".")[0])
if MAJOR == 1:
    import httpx
else:
    import httpx2 as httpx
    from mcp import Client


def find_sshd():
    path = os.environ.get("LOADTEST_SSHD") or shutil.which(
        "sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")
    )
    if not path:
        sys.exit("no sshd found: install OpenSSH's server or set LOADTEST_SSHD to its path")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(arguments, **options):
    process = subprocess.Popen(arguments, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def network(server):
    """Starts sshd and the server, and gives the server's URL and the target to connect to."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        for key in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / key], check=True
            )
        port = free_port()
        (directory / "config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\n"
            f"AuthorizedKeysFile {directory}/user.pub\nUsePAM no\nStrictModes no\nPidFile none\n"
            f"SetEnv HOME={directory}\n"
            "PermitRootLogin yes\nPasswordAuthentication no\nUseDNS no\nMaxStartups 100\n"
        )
        (directory / "known").write_text(
            f"[127.0.0.1]:{port} {(directory / 'host.pub').read_text()}"
        )
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        sshd = stack.enter_context(
            running(
                [find_sshd(), "-D", "-e", "-f", str(directory / "config")],
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        for line in sshd.stderr:
            if "Server listening" in line:
                break
        else:
            sys.exit("sshd did not start")
        process = stack.enter_context(
            running(
                [
                    server, "--port", "0", "--log-level", "error", "--allow-any-command",
                    "--identity", str(directory / "user"),
                    "--known-hosts", str(directory / "known"),
                ],
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        url = process.stdout.readline().split()[-1]
        yield url, {"host": "127.0.0.1", "port": port, "user": getpass.getuser()}


def structured(result):
    """The structured content of a tool's result, by either version's name for it."""
    content = getattr(result, "structuredContent", None)
    return content if content is not None else result.structured_content


def is_error(result):
    return result.isError if hasattr(result, "isError") else result.is_error


async def use(session, target, pings=True):
    """The calls that every client must get through; since 2026-07-28 there is no ping."""
    tools = {tool.name for tool in (await session.list_tools()).tools}
    assert {"ssh_connect", "ssh_run_command", "ssh_disconnect"} <= tools, tools
    if pings:
        await session.send_ping()
    opened = await session.call_tool("ssh_connect", target)
    assert not is_error(opened), opened
    session_id = structured(opened)["session_id"]
    assert json.loads(opened.content[0].text)["session_id"] == session_id

    async def run(command):
        arguments = {"session_id": session_id, "command": command}
        return await session.call_tool("ssh_run_command", arguments)

    outcome = await run("echo out; echo err >&2; exit 3")
    assert outcome.content[0].text == "out\n", outcome
    assert structured(outcome)["stderr"] == "err\n", outcome
    assert structured(outcome)["exit_code"] == 3, outcome
    parallel = await asyncio.gather(*(run(f"echo {number}") for number in range(10)))
    assert [result.content[0].text for result in parallel] == [f"{n}\n" for n in range(10)]
    progress = []

    async def note(amount, total=None, message=None):
        progress.append(amount)

    arguments = {"session_id": session_id, "command": "sleep 1.5; echo slow"}
    slow = await session.call_tool("ssh_run_command", arguments, progress_callback=note)
    assert slow.content[0].text == "slow\n", slow
    assert progress, "no progress notification came"
    refused = await session.call_tool("ssh_connect", {**target, "port": 1})
    assert is_error(refused) and structured(refused)["code"] == "login_failed", refused
    closed = await session.call_tool("ssh_disconnect", {"session_id": session_id})
    assert not is_error(closed), closed
    gone = await run("true")
    assert is_error(gone) and structured(gone)["code"] == "unknown_session", gone


def http_client(accept):
    """An HTTP client whose requests accept this only."""

    async def narrow(request):
        if request.method == "POST" and accept:
            request.headers["accept"] = accept

    return httpx.AsyncClient(event_hooks={"request": [narrow]}, timeout=30)


async def check(url, target):
    for accept in (None, "application/json", "text/event-stream"):
        async with http_client(accept) as client:
            async with streamable_http_client(url + "/mcp", http_client=client) as streams:
                async with ClientSession(streams[0], streams[1]) as session:
                    answer = await session.initialize()
                    name = getattr(answer, "serverInfo", None) or answer.server_info
                    assert name.name == "mcp-ssh-server", answer
                    if accept == "application/json":
                        # Progress needs a stream; all else must work without one.
                        await session.send_ping()
                        assert (await session.list_tools()).tools
                    else:
                        await use(session, target)
        print(f"mcp {VERSION}: ClientSession, Accept {accept or 'as the client sends it'}: ok")
    if MAJOR > 1:
        # auto asks by server/discover first.
        for mode in ("auto", "2026-07-28", "legacy"):
            async with Client(url + "/mcp", mode=mode) as client:
                assert client.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
                await use(client, target, pings=mode == "legacy")
            print(f"mcp {VERSION}: Client, mode {mode}: ok")


def check_metrics(url):
    page = urllib.request.urlopen(url + "/metrics").read().decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    for name in (
        "mcp_pool_hits", "mcp_pool_misses", "mcp_pool_creates", "mcp_pool_expires",
        "mcp_pool_health_fails", "mcp_http_requests", "mcp_ssh_sessions", "mcp_ssh_commands",
        "mcp_ssh_commands_blocked", "mcp_ssh_sessions_active", "mcp_pool_connections_active",
        "mcp_pool_connections_idle", "mcp_ssh_command_duration_seconds",
        "mcp_http_request_duration_seconds", "process_cpu_seconds",
        "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds",
        "mcp_build_info",
    ):
        family = families[name]
        assert family.documentation and family.type != "unknown", family
    print("metrics: ok")


def main():
    with network(sys.argv[1]) as (url, target):
        asyncio.run(check(url, target))
        check_metrics(url)


main()
