"""What a program needs of the sidecar, with the standard library alone."""

import json
import os
import threading
import urllib.error
import urllib.request

ADDRESS = os.environ.get("MICRO_PROXY_ADDRESS", "127.0.0.1:8081")
URL = ADDRESS if "://" in ADDRESS else f"http://{ADDRESS}"


class CallError(Exception):
    """What a service answered instead of a response: id, code, detail, status."""

    def __init__(self, error):
        super().__init__(f"{error['code']} {error['detail']}")
        self.error = error


def request(method, path, body=None):
    """Sends JSON to the sidecar and returns the JSON that it answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    sent = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(sent, timeout=10) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refused:
        raise CallError(json.load(refused)) from None
    return json.loads(text) if text else None


def call(service, method, body):
    """Calls a method of a service, on any node of it."""
    return request("POST", f"/{service}/{method}", body)


class Registration:
    """Keeps a service in the registry until it is closed."""

    TTL = 30

    def __init__(self, service):
        self.service = service
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self.renew)
        self.thread.start()

    def renew(self):
        """Registers again long before the ttl ends, and soon when the sidecar was not there."""
        while not self.closed.is_set():
            try:
                request("POST", f"/registry?ttl={self.TTL}s", self.service)
                wait = self.TTL / 3
            except OSError:
                wait = 1
            self.closed.wait(wait)

    def close(self):
        self.closed.set()
        self.thread.join()
        request("DELETE", "/registry", self.service)
