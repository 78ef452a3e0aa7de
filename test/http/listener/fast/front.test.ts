import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { MicroError } from "../../../../src/core/errors.js";
import type { BufferedHandler, BufferedRequest } from "../../../../src/http/body/buffered-request.js";
import { answerBytes } from "../../../../src/http/listener/fast/answer-bytes.js";
import type { HttpServer } from "../../../../src/http/listener/listener.js";
import { errorAnswer } from "../../../../src/http/message/answer.js";
import type { HttpOptions } from "../../../../src/http/options.js";
import type { Route } from "../../../../src/http/request-handler.js";
import { httpServer } from "../../../../src/http/server.js";
import { eventually } from "../../../../src/testing/eventually.js";

/** A route that the fast front alone answers: what Node reads is answered 404. */
function fastOnly(buffered: BufferedHandler): Route {
  return { buffered, request: (_, response) => void response.writeHead(404).end() };
}

/** A server with one plain route, `/echo`, that answers after `delay` ms; the router has `/slow-way`. */
class Plain implements AsyncDisposable {
  readonly asked: BufferedRequest[] = [];
  /** Requests that Node read. */
  byNode = 0;
  readonly http: HttpServer;

  private constructor(http: HttpServer, asked: BufferedRequest[]) {
    this.http = http;
    this.asked = asked;
  }

  static async open(options: Partial<HttpOptions> = {}, delay = 0): Promise<Plain> {
    const asked: BufferedRequest[] = [];
    const echo = {
      id: "go.micro.test",
      async answer(request: BufferedRequest) {
        asked.push(request);
        if (delay > 0) await wait(delay);
        return { status: 200, headers: ["X-Answer", "1"], body: request.body };
      },
    };
    const http = await httpServer({
      name: "go.micro.test",
      address: "127.0.0.1:0",
      requestHandler: { route: (_, path) => (path === "/echo" ? fastOnly(echo) : undefined) },
      ...options,
    });
    const plain = new Plain(http, asked);
    http.app.addHook("onRequest", async () => {
      plain.byNode++;
    });
    http.app.all("/slow-way", async () => "by node");
    await http.listen();
    return plain;
  }

  /** Sends texts one after the other, each once the one before it is answered; returns the answers. */
  async send(socket: Socket, ...texts: string[]): Promise<string[]> {
    const answers: string[] = [];
    for (const text of texts) {
      socket.write(text);
      answers.push(String((await once(socket, "data"))[0]));
    }
    return answers;
  }

  dial(): Socket {
    const socket = connect(Number(this.http.address.split(":")[1]), "127.0.0.1");
    return socket.on("error", () => {});
  }

  post(path: string, body: string, ...headers: string[]): string {
    const lines = [`POST ${path} HTTP/1.1`, `Host: ${this.http.address}`, ...headers];
    return [...lines, `Content-Length: ${body.length}`, "", body].join("\r\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.http.close();
  }
}

describe("the fast front", () => {
  it("answers byte for byte as Node's server does, except for the date", async () => {
    await using fast = await Plain.open();
    const socket = fast.dial();
    const [answer = ""] = await fast.send(socket, fast.post("/echo", "hi"));
    assert.match(
      answer,
      /^HTTP\/1\.1 200 OK\r\nX-Answer: 1\r\nContent-Length: 2\r\nDate: [^\r]+GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\nhi$/,
    );
    socket.destroy();
  });

  it("passes the connection to Node at the first request that it does not handle", async () => {
    await using fast = await Plain.open();
    const socket = fast.dial();
    const answers = await fast.send(
      socket,
      fast.post("/echo", "one"),
      fast.post("/echo", "two"),
      fast.post("/slow-way", "three"),
      fast.post("/slow-way", "four"),
    );
    assert.deepEqual(
      answers.map((answer) => answer.split("\r\n\r\n")[1]),
      ["one", "two", "by node", "by node"],
    );
    assert.deepEqual([fast.asked.length, fast.byNode], [2, 2]);
    socket.destroy();
  });

  it("passes fragmented and pipelined requests to Node, in order", async () => {
    await using fast = await Plain.open({}, 500);
    const pieces = fast.dial();
    const [first, rest] = [fast.post("/slow-way", "x").slice(0, 30), fast.post("/slow-way", "x").slice(30)];
    pieces.write(first);
    await wait(50);
    assert.match((await fast.send(pieces, rest)).join(), /by node/);
    const early = fast.dial();
    let text = "";
    early.on("data", (chunk) => {
      text += chunk;
    });
    early.write(fast.post("/echo", "one"));
    await eventually(() => assert.equal(fast.asked.length, 1));
    early.write(fast.post("/slow-way", "two"));
    await wait(20);
    early.write(fast.post("/slow-way", "three"));
    await eventually(() => assert.match(text, /by node[\s\S]*by node/));
    assert.match(text, /one[\s\S]*by node[\s\S]*by node/);
    pieces.destroy();
    early.destroy();
  });

  it("enforces admission: host names, token, rate, limits", async () => {
    const token = "a-token-of-more-than-128-bits";
    await using fast = await Plain.open({ token: { value: token }, requestsPerSecond: 3 });
    const socket = fast.dial();
    const bearer = `Authorization: Bearer ${token}`;
    const [good = "", none = ""] = await fast.send(
      socket,
      fast.post("/echo", "a", bearer),
      fast.post("/echo", "b"),
    );
    assert.match(good, /^HTTP\/1\.1 200/);
    assert.match(none, /^HTTP\/1\.1 401[\s\S]*WWW-Authenticate: Bearer/);
    const [foreign = "", third = "", fourth = ""] = await fast.send(
      socket,
      fast.post("/echo", "c", bearer).replace(/Host: .*/, "Host: evil.test"),
      fast.post("/echo", "d", bearer),
      fast.post("/echo", "e", bearer),
    );
    assert.match(foreign, /^HTTP\/1\.1 421/);
    assert.match(third, /^HTTP\/1\.1 200/);
    assert.match(fourth, /^HTTP\/1\.1 429/);
    assert.deepEqual([fast.asked.length, fast.byNode], [2, 0]);
    socket.destroy();
  });

  it("counts requests, and signals the handler when the caller disconnects", async () => {
    await using fast = await Plain.open({}, 1000);
    const socket = fast.dial();
    socket.write(fast.post("/echo", "x"));
    await eventually(() => assert.equal(fast.asked.length, 1));
    socket.resetAndDestroy();
    await eventually(() => assert.equal(fast.asked[0]?.signal.aborted, true));
    const counted = /requests_total\{target="other",method="POST",code="200"\} 1/;
    await eventually(async () => assert.match(await fast.http.metrics.text(), counted));
  });

  it("closes silent and idle connections, and leaves none after draining", async () => {
    await using fast = await Plain.open({ limits: { headersTimeout: 200, keepAlive: 200 } });
    const [silent, idle] = [fast.dial(), fast.dial()];
    const said = once(silent, "data");
    await fast.send(idle, fast.post("/echo", "x"));
    assert.match(String((await said)[0]), /^HTTP\/1\.1 408/);
    await once(idle, "close");
    await using draining = await Plain.open({}, 100);
    const [waiting, busy] = [draining.dial(), draining.dial()];
    await draining.send(waiting, draining.post("/echo", "x"));
    const last = draining.send(busy, draining.post("/echo", "last"));
    await wait(30);
    const over = draining.http.drain();
    assert.match((await last)[0] ?? "", /last$/);
    await Promise.all([over, once(waiting, "close"), once(busy, "close")]);
  });

  it("streams a response at the pace of its client, and continues afterwards", async () => {
    const big = Buffer.alloc(4 * 1024 * 1024, "x");
    const streams = {
      id: "go.micro.test",
      async answer({ open }: BufferedRequest) {
        const response = open();
        response.writeHead(202);
        if (!response.write(big)) await once(response, "drain");
        response.end("end");
        return undefined;
      },
    };
    await using http = await httpServer({
      name: "go.micro.test",
      address: "127.0.0.1:0",
      requestHandler: { route: () => fastOnly(streams) },
    });
    await http.listen();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();
    for (let i = 0; i < 2; i++) {
      const asked = request(http.url, { agent }).end();
      const [answer] = await once(asked, "response");
      sockets.add(answer.socket);
      let size = 0;
      for await (const chunk of answer) size += chunk.length;
      assert.deepEqual([answer.statusCode, size], [202, big.length + 3]);
    }
    assert.equal(sockets.size, 1);
    agent.destroy();
  });

  it("gives a slow client its complete response when it drains", async () => {
    const size = 16 * 1024 * 1024;
    const large = {
      id: "go.micro.test",
      answer: async () => ({ status: 200, headers: [], body: Buffer.alloc(size, "x") }),
    };
    await using fast = await Plain.open({ requestHandler: { route: () => fastOnly(large) } });
    const socket = fast.dial();
    let read = 0;
    socket.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    socket.write(`GET /large HTTP/1.1\r\nHost: ${fast.http.address}\r\n\r\n`);
    await once(socket, "data");
    socket.pause();
    const over = fast.http.drain();
    await wait(300);
    socket.resume();
    await Promise.all([over, once(socket, "close")]);
    assert.ok(read > size, `${read} of ${size} bytes`);
  });

  it("writes no body after a status without one", () => {
    for (const code of [204, 304]) {
      const error = new MicroError("go.micro.srv.x", code, "not modified");
      const [bytes] = answerBytes(errorAnswer(error), 65_000);
      assert.match(String(bytes), /^HTTP[^{]*\r\n\r\n$/);
      assert.doesNotMatch(String(bytes), /Content-Length/);
    }
  });

  it("can be turned off", async () => {
    await using fast = await Plain.open({ fastFront: false });
    const socket = fast.dial();
    assert.match((await fast.send(socket, fast.post("/slow-way", "x"))).join(), /by node/);
    assert.match((await fast.send(socket, fast.post("/echo", "x"))).join(), /^HTTP\/1\.1 404/);
    assert.equal(fast.asked.length, 0);
    socket.destroy();
  });
});
