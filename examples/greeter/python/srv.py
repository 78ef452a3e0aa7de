"""The greeter as a Python program: any caller finds it in the registry, by way of the sidecar."""

import json
import os
import signal
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sidecar import Registration

NAME = os.environ.get("MICRO_SERVER_NAME", "go.micro.srv.greeter")


def hello(request):
    return {"msg": f"Hello {request['name']}"}


def health(_request):
    return {"status": "ok"}


METHODS = {"Say.Hello": hello, "Debug.Health": health}


class Handler(BaseHTTPRequestHandler):
    """Takes calls as json-rpc: {"method", "params": [request], "id"}."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = {"id": call.get("id"), "result": {}, "error": None}
        try:
            reply["result"] = METHODS[call["method"]](call["params"][0])
        except Exception as error:
            reply["error"] = failure(call, error)
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def failure(call, error):
    """The error as it travels: a JSON text, its code an HTTP status."""
    code = 404 if call.get("method") not in METHODS else 400
    status = "Not Found" if code == 404 else "Bad Request"
    return json.dumps({"id": NAME, "code": code, "detail": f"{call.get('method')}: {error}", "status": status})


def value(name, kind, *values):
    return {"name": name, "type": kind, "values": list(values)}


def definition(port):
    endpoint = {
        "name": "Say.Hello",
        "request": value("Request", "Request", value("name", "string")),
        "response": value("Response", "Response", value("msg", "string")),
        "metadata": {"stream": "false"},
    }
    node = {"id": f"{NAME}-{uuid.uuid4()}", "address": "127.0.0.1", "port": port, "metadata": {"transport": "http"}}
    return {"name": NAME, "version": "1.0.0", "endpoints": [endpoint], "nodes": [node]}


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    registration = Registration(definition(server.server_port))
    for number in (signal.SIGINT, signal.SIGTERM):
        # From a thread: shutdown() waits for the loop that this signal interrupts.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{NAME} on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    registration.close()
    sys.exit(0)


if __name__ == "__main__":
    main()
