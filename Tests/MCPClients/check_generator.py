"""Checks the load generator against a server on the SDK of PyPI that is installed, 1.x or 2.x.

Usage: check_generator.py LOADTEST-EXECUTABLE

Runs a short load in each era that the SDK speaks, over stdin and stdout and over loopback, there by a tool profile that
was guessed. Exits with 1 at the first difference.
"""

import importlib.metadata
import json
import pathlib
import shlex
import socket
import subprocess
import sys
import tempfile
import time

VERSION = importlib.metadata.version("mcp")
# What is asked for, and what comes of it.
ERAS = {
    "1": {"auto": "legacy", "legacy": "legacy", "modern": None},
    "2": {"auto": "modern", "legacy": "legacy", "modern": "modern"},
}[VERSION.split(".")[0]]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, server):
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("the SDK's server did not start")


def inspect(loadtest, server, era, file):
    """Whether a tool profile was guessed of the server, with all that its one tool takes."""
    result = subprocess.run(
        [loadtest, "inspect", *server, "--mcp-era", era, "--output", file],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if result.returncode != 0:
        return False
    profile = json.loads(pathlib.Path(file).read_text())
    assert profile["run"] == {
        "name": "ssh_exec", "arguments": {"host": "host", "port": "port", "command": "command"},
    }, profile
    assert "connect" not in profile, profile
    return True


def run(loadtest, server, profile, commands, era, directory):
    """The text of a run, and the recorded header and lines of its load; nothing where there was none."""
    result = subprocess.run(
        [
            loadtest, "run", "command_throughput", *server, "--tool-profile", profile,
            "--mcp-era", era, "--duration", "1", "--warm-up", "0.2", "--workers", "2",
            "--commands", commands, "--results-dir", directory,
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    text = result.stdout + result.stderr
    headers = list(pathlib.Path(directory).glob("*/command_throughput/scenario.json"))
    if not headers:
        return text, None, []
    lines = [
        json.loads(line)
        for file in headers[0].parent.glob("w*.jsonl")
        for line in file.read_text().splitlines()
    ]
    return text, json.loads(headers[0].read_text())["network"], lines


def check(loadtest, name, server, commands):
    for era, expected in ERAS.items():
        with tempfile.TemporaryDirectory() as directory:
            profile = "stateless"
            if name == "HTTP":
                file = directory + "/profile.json"
                if inspect(loadtest, server, era, file):
                    profile = file
                else:
                    assert expected is None, era
            text, network, lines = run(loadtest, server, profile, commands, era, directory)
        if expected is None:
            assert network is None and "server/discover ended in" in text, text
        else:
            assert network is not None, text
            assert network["protocol_era"] == expected, network
            assert all(line["outcome"] == "success" for line in lines), text
            assert len([line for line in lines if line["phase"] == "measure"]) > 5, text
            handshakes = any(line["op"] == "initialize" for line in lines)
            assert handshakes == (expected == "legacy"), text
            assert ("Left behind:        nothing" in text) == (name == "stdio"), text
        print(f"mcp {VERSION}: generator, {name}, --mcp-era {era}: {expected or 'refused'}: ok")


def main():
    loadtest = sys.argv[1]
    program = pathlib.Path(__file__).with_name("sdk_server.py")
    # Nobody logs in anywhere: the server runs commands of this machine.
    stdio = ["--stdio", shlex.join([sys.executable, str(program), "stdio"]), "--target-host", "here"]
    check(loadtest, "stdio", stdio, "echo a  b; echo 'é'")
    port = free_port()
    server = subprocess.Popen([sys.executable, program, str(port)], stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        # What is quoted and not ASCII has to be wrapped in a header field.
        url = ["--mcp-url", f"http://127.0.0.1:{port}/mcp"]
        check(loadtest, "HTTP", url, "echo a  b; echo 'polled é'")
    finally:
        server.terminate()
        server.wait(timeout=20)


main()
