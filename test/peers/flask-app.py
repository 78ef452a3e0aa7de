"""A web application as people write it: redirects, a session, absolute addresses, a file. Prints its port."""
import io
import sys

from flask import Flask, redirect, send_file, session, url_for
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

app = Flask(__name__)
app.secret_key = "of a test"


@app.get("/")
def home():
    return url_for("whoami", _external=True)


@app.get("/login")
def login():
    session["user"] = "john"
    return redirect(url_for("whoami"))


@app.get("/far")
def far():
    return redirect(url_for("whoami", _external=True))


@app.get("/away")
def away():
    return redirect("https://elsewhere.test/whoami")


@app.get("/whoami")
def whoami():
    return "user " + session.get("user", "unknown")


@app.get("/file")
def file():
    return send_file(io.BytesIO(b"0123456789"), "text/plain", conditional=True, etag="e1")


mode = sys.argv[1]
served = app
if mode == "mounted":
    served = DispatcherMiddleware(Response("not here", 404), {"/flask": app})
if mode != "bare":
    served = ProxyFix(served, x_for=1, x_proto=1, x_host=1, x_prefix=1)
server = make_server("127.0.0.1", 0, served, threaded=True)
print(server.port, flush=True)
server.serve_forever()
