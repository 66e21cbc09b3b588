"""Stands between the load generator and a server, as a proxy that does something wrong with long calls.

Usage: relay.py [--cut status|reset|silence|close] [--after SECONDS] [--of TEXT] [--buffer] [--deaf] PORT SERVER ARGUMENTS...

Starts the server, an mcp-ssh-server, on a free port and hands on what is asked on PORT of 127.0.0.1. With --cut the
answer to a request with the text does not come whole: after so many seconds there is a 504 or a reset, the end of the
connection, or nothing more. With --buffer an answer is handed on when it is whole, with --deaf the server hears neither of a
cancellation nor that a client has hung up.
"""

import argparse
import select
import socket
import struct
import subprocess
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--cut", choices=["status", "reset", "silence", "close"])
parser.add_argument("--after", type=float, default=2)
parser.add_argument("--of", default="sleep ")
parser.add_argument("--buffer", action="store_true")
parser.add_argument("--deaf", action="store_true")
parser.add_argument("port", type=int)
parser.add_argument("server", nargs=argparse.REMAINDER)
options = parser.parse_args()


class Gone(Exception):
    """The peer has closed the connection."""


def read(connection):
    data = connection.recv(65536)
    if not data:
        raise Gone
    return data


def read_request(client):
    data = b""
    while b"\r\n\r\n" not in data:
        data += read(client)
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += read(client)
    return head + b"\r\n\r\n" + body


def is_whole(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    head = head.lower()
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    for line in head.split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return True


def cut(client, has_begun):
    if options.cut == "status" and not has_begun:
        client.sendall(b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    elif options.cut == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif options.cut == "silence":
        while client.recv(65536):
            pass
    raise Gone


def answer(client, upstream, request):
    upstream.sendall(request)
    is_cut = options.cut and options.of.encode() in request
    end = time.monotonic() + options.after if is_cut else None
    whole, has_begun, listens = b"", False, True
    while not is_whole(whole):
        patience = max(0, end - time.monotonic()) if end else None
        ready, _, _ = select.select([upstream] + [client] * listens, [], [], patience)
        if end and time.monotonic() >= end:
            cut(client, has_begun)
        if client in ready:
            if client.recv(1, socket.MSG_PEEK):
                listens = False
            elif options.deaf:
                # The server goes on as if somebody were there.
                while not is_whole(whole):
                    whole += read(upstream)
                raise Gone
            else:
                raise Gone
        if upstream in ready:
            data = read(upstream)
            whole += data
            if not options.buffer:
                client.sendall(data)
                has_begun = True
    if options.buffer:
        client.sendall(whole)


def serve(client, port):
    with client, socket.create_connection(("127.0.0.1", port)) as upstream:
        try:
            while True:
                request = read_request(client)
                if options.deaf and b"notifications/cancelled" in request:
                    client.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
                else:
                    answer(client, upstream, request)
        except (Gone, OSError):
            pass


def main():
    process = subprocess.Popen(options.server + ["--port", "0"], stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline().rsplit(":", 1)[1].split("/")[0])
    with socket.create_server(("127.0.0.1", options.port), backlog=128) as listener:
        while True:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(client, port), daemon=True).start()


main()
