"""Calls the greeter, wherever it runs and whatever it is written in."""

import sys

from sidecar import CallError, call

name = sys.argv[1] if len(sys.argv) > 1 else "John"
try:
    print(call("go.micro.srv.greeter", "Say.Hello", {"name": name})["msg"])
except CallError as error:
    sys.exit(f"error: {error}")
