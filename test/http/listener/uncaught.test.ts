import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import type { Log } from "../../../src/core/log/log.js";
import type { BufferedHandler } from "../../../src/http/body/buffered-request.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import type { HttpOptions } from "../../../src/http/options.js";
import { bufferedRoute, type RequestHandler, type Route } from "../../../src/http/request-handler.js";
import { httpServer } from "../../../src/http/server.js";
import { webSockets } from "../../../src/http/stream/websocket.js";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { CapturedLog } from "../../support/captured-log.js";
import { handshake } from "../../support/listeners.js";

const boom = (): never => {
  throw new Error("boom with a secret");
};
const ok = { status: 200, headers: [], body: Buffer.from("ok") };

async function open(log: Log, options: Partial<HttpOptions>): Promise<HttpServer> {
  const http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", log, ...options });
  await webSockets(http.app);
  http.app.get("/fine", async () => "fine");
  http.app.register(async (app) => {
    app.get("/socket", { websocket: true }, (socket) => {
      socket.on("message", (text: Buffer) => {
        if (String(text) === "boom") boom();
        socket.send(text);
      });
    });
  });
  await http.listen();
  return http;
}

/** A front of one path, `/x`. */
const atX = (route: Route): RequestHandler => ({ route: (_, path) => (path === "/x" ? route : undefined) });
const answering = (answer: BufferedHandler["answer"]) =>
  atX(bufferedRoute({ id: "x", answer }, { limit: 100, timeout: 1000 }));

/** Each place where third-party code runs for one request. All of them throw, for `/x`. */
const places: Readonly<Record<string, Partial<HttpOptions>>> = {
  "choosing who answers": {
    requestHandler: { route: (_, path) => (path === "/x" ? boom() : undefined) },
  },
  "the route, at once": { requestHandler: atX({ request: boom }) },
  "the route, later": { requestHandler: atX({ request: async () => boom() }) },
  "an answer, at once": { requestHandler: answering(boom) },
  "an answer, later": { requestHandler: answering(async () => boom()) },
  "an answer, at once, to what Node read": { fastFront: false, requestHandler: answering(boom) },
  "an answer, later, to what Node read": { fastFront: false, requestHandler: answering(async () => boom()) },
  "a listener of the request": {
    requestHandler: atX({ request: (request) => void request.on("end", boom).resume() }),
  },
  "a listener of the response": {
    requestHandler: atX({
      request(request, response) {
        request.resume();
        response.on("pipe", boom).emit("pipe");
      },
    }),
  },
  "who looks for a session": { token: { value: "a-token-of-more-than-128-bits" }, authenticate: boom },
};

describe("an unexpected error in one request", () => {
  for (const [place, options] of Object.entries(places))
    it(`is logged with the request's id, answered 500 without its text, and affects no other request: ${place}`, async () => {
      const told = new CapturedLog();
      await using http = await open(told, options);
      const host = `Host: ${http.address}`;
      const answer = await raw(http.address, rawRequest("GET", "/x", [host, "X-Request-Id: one"]));
      assert.equal(answer.status, 500, answer.head);
      assert.doesNotMatch(answer.body, /secret/);
      assert.ok(told.errors.some(({ err }) => String(err).includes("boom")));
      assert.equal(told.errors.at(-1)?.request, "one");
      const live = await raw(http.address, rawRequest("GET", "/health/live", [host]));
      assert.equal(live.status, 200);
    });

  it("does not show its text even if a hook fails on the response", async () => {
    const told = new CapturedLog();
    await using http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", log: told });
    http.app.addHook("onSend", async () => boom());
    http.app.get("/x", async () => "fine");
    await http.listen();
    const asked = rawRequest("GET", "/x", [`Host: ${http.address}`, "X-Request-Id: one"]);
    const { status, body } = await raw(http.address, asked);
    assert.equal(status, 500);
    assert.doesNotMatch(body, /secret/);
    assert.ok(told.errors.some(({ err, request }) => String(err).includes("boom") && request === "one"));
  });

  it("aborts a response that has started", async () => {
    for (const fastFront of [true, false]) {
      const told = new CapturedLog();
      const begin = (response: { write(text: string): void; writeHead(code: number): void }) => {
        response.writeHead(200);
        response.write("half");
        boom();
      };
      await using http = await open(told, {
        fastFront,
        requestHandler: answering(async ({ open: opened }) => begin(opened()) as never),
      });
      const { head, body } = await raw(http.address, rawRequest("GET", "/x", [`Host: ${http.address}`]));
      assert.match(head, /^(HTTP\/1\.1 200|$)/); // what was written may not have left
      assert.doesNotMatch(body, /\r\n0\r\n\r\n$|boom/);
      assert.equal(told.errors.length, 1);
    }
  });

  it("ends only the upgrade or WebSocket", async () => {
    const told = new CapturedLog();
    await using http = await open(told, {
      requestHandler: { route: () => ({ request: () => {}, upgrade: boom }) },
    });
    const head = [`Host: ${http.address}`, ...handshake, "X-Request-Id: two"];
    assert.equal((await raw(http.address, rawRequest("GET", "/any", head))).status, 500);
    assert.equal(told.errors.at(-1)?.request, "two");
    await using other = await open(told, {});
    const url = `${other.url.replace("http", "ws")}/socket`;
    const [first, second] = [new WebSocket(url), new WebSocket(url)];
    await Promise.all([once(first, "open"), once(second, "open")]);
    first.on("error", () => {}).send("boom");
    await once(first, "close");
    second.send("still here");
    assert.equal(String((await once(second, "message"))[0]), "still here");
    second.terminate();
  });

  it("may come from the log itself: the request is answered", async () => {
    const told = Object.assign(new CapturedLog(), { info: boom });
    for (const fastFront of [true, false]) {
      await using http = await open(told, {
        fastFront,
        requestHandler: answering(async () => ok),
      });
      for (const path of ["/fine", "/x"]) {
        const { status } = await raw(http.address, rawRequest("GET", path, [`Host: ${http.address}`]));
        assert.equal(status, 200, path);
      }
    }
  });
});
