"""Sends requests with the standard library of Python, one way or another: [[method, path, body], ...] on stdin, [[status, text], ...] on stdout."""
import http.client
import json
import sys
import urllib.error
import urllib.request

way, address = sys.argv[1:]
JSON = {"Content-Type": "application/json"}


def kept(requests):
    """All on one connection of http.client."""
    connection = http.client.HTTPConnection(address, timeout=20)
    for method, path, body in requests:
        connection.request(method, path, body.encode(), JSON if body else {})
        sock = connection.sock
        answer = connection.getresponse()
        yield answer.status, answer.read().decode()
        assert connection.sock is sock, "the connection was closed"


def chunked(requests):
    """Bodies of unknown length."""
    for method, path, body in requests:
        connection = http.client.HTTPConnection(address, timeout=20)
        parts = iter([body[:5].encode(), body[5:].encode()]) if body else None
        connection.request(method, path, parts, JSON if body else {}, encode_chunked=True)
        answer = connection.getresponse()
        yield answer.status, answer.read().decode()


def opened(requests):
    """By urllib, each on a connection of its own."""
    for method, path, body in requests:
        request = urllib.request.Request(f"http://{address}{path}", body.encode() or None, JSON, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                yield answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            yield error.code, error.read().decode()


ways = {"kept": kept, "chunked": chunked, "opened": opened}
print(json.dumps(list(ways[way](json.load(sys.stdin)))))
