import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { describe, it } from "node:test";
import { httpServer } from "../../../src/http/server.js";
import { EventStream } from "../../../src/http/stream/event-stream.js";
import { pingInterval } from "../../../src/http/stream/keepalive.js";
import { tlsFiles } from "../../support/ways.js";

const events = 200;
const data = "x".repeat(16 * 1024);

describe("server-sent events", () => {
  it("wait for a slow client over HTTP/2, and lose nothing", async () => {
    await using files = await tlsFiles();
    await using http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", tls: files.tls });
    let held = () => {};
    const behind = new Promise<void>((resolve) => (held = resolve));
    http.app.get("/events", async (_, reply) => {
      const stream = EventStream.replyTo(reply);
      for (let i = 0; i < events; i++)
        if (!stream.send("message", data)) {
          held();
          await stream.drained();
        }
      stream.end();
    });
    await http.listen();
    const session = connect(http.url, { ca: files.certificate.cert });
    const request = session.request({ ":path": "/events", accept: "text/event-stream" });
    const [headers] = await once(request, "response", { signal: AbortSignal.timeout(10_000) });
    assert.equal(headers["content-type"], "text/event-stream");
    await behind;
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    assert.equal(text.split("event: message\n").length - 1, events);
    session.destroy();
  });

  it("are not disconnected by a ping while one large event is being sent", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    await using http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0" });
    const large = "x".repeat(8 * 1024 * 1024);
    http.app.get("/events", async (_, reply) => {
      const stream = EventStream.replyTo(reply);
      stream.send("message", large);
      t.mock.timers.tick(3 * pingInterval);
      await stream.drained();
      stream.end();
    });
    await http.listen();
    const response = await fetch(`${http.url}/events`, { signal: AbortSignal.timeout(20_000) });
    assert.ok((await response.text()).includes(large));
  });
});
