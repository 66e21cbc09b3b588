"""A small MCP server for docs/own-workloads.md, of a shop: `python3 shop_server.py PORT`."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOODS = {"teapot": 19, "kettle": 35, "cup": 4}
TOOLS = [
    {"name": name, "inputSchema": {"type": "object"}} for name in ("search", "add_to_cart", "pay")
]


def call(tool, given):
    """The structured content of a tool's answer, or None where there is no such tool."""
    if tool == "search":
        found = [item for item in GOODS if given["text"] in item]
        return {"count": len(found), "items": [{"sku": item} for item in found]}
    if tool == "add_to_cart":
        return {"cart": f"cart-{given['sku']}", "total": GOODS[given["sku"]] * given["pieces"]}
    return {"paid": given["cart"].startswith("cart-")} if tool == "pay" else None


def answer(method, params):
    """The result of a request, or None where there is no such method."""
    if method == "initialize":
        version = params["protocolVersion"]
        info = {"name": "shop", "version": "1"}
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method != "tools/call":
        return None
    content = call(params["name"], params["arguments"])
    text = "no such tool" if content is None else json.dumps(content)
    result = {"content": [{"type": "text", "text": text}], "isError": content is None}
    return result if content is None else result | {"structuredContent": content}


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = b""
        if "id" in request:
            result = answer(request["method"], request.get("params", {}))
            unknown = {"error": {"code": -32601, "message": "no such method"}}
            reply = unknown if result is None else {"result": result}
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"]} | reply).encode()
        self.send_response(200 if body else 202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
