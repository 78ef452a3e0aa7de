"""Prints the messages of a topic, which come over a WebSocket: one line each, with the header."""

import base64
import hashlib
import json
import os
import socket
import struct
import sys
from urllib.parse import quote, urlsplit

from sidecar import URL

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket:
    """As much of RFC 6455 as a subscriber needs."""

    def __init__(self, path):
        place = urlsplit(URL)
        self.socket = socket.create_connection((place.hostname, place.port))
        key = base64.b64encode(os.urandom(16))
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key.decode()}\r\n\r\n".encode()
        )
        self.file = self.socket.makefile("rb")
        status = self.file.readline().decode()
        headers = dict(line.decode().rstrip().split(": ", 1) for line in iter(self.file.readline, b"\r\n"))
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        if " 101 " not in status or headers.get("Sec-WebSocket-Accept") != accept:
            raise ConnectionError(status.strip())

    def messages(self):
        """Yields the text of each message until the other side closes."""
        text = b""
        while True:
            last, kind, payload = self.frame()
            if kind == CLOSE:
                return
            if kind == PING:
                self.send(PONG, payload)
                continue
            text += payload
            if last and kind != PONG:
                yield text.decode()
                text = b""

    def frame(self):
        first, second = self.file.read(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.file.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.file.read(8))
        return first & 0x80, first & 0x0F, self.file.read(length)

    def send(self, kind, payload):
        """Frames of a client are masked. Only short ones are sent here."""
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self.socket.sendall(bytes([0x80 | kind, 0x80 | len(payload)]) + mask + masked)


def main():
    topic = sys.argv[1] if len(sys.argv) > 1 else "go.micro.topic.greeter"
    subscription = WebSocket(f"/broker?topic={quote(topic, safe='')}")
    print(f"subscribed to {topic}", flush=True)
    for text in subscription.messages():
        message = json.loads(text)
        body = base64.b64decode(message["Body"]).decode("utf-8", "replace")
        print(json.dumps({"header": message["Header"], "body": body}), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
