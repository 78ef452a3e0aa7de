import assert from "node:assert/strict";
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { MemoryBroker } from "../../src/broker/memory.js";
import { unavailable } from "../../src/core/errors.js";
import { ask } from "../support/ask.js";
import { openSidecar, ownService } from "./open-sidecar.js";
import { openSocket } from "./socket.js";

const framed = ["micro.broker.v1"];

describe("the sidecar's /broker", () => {
  it("is a WebSocket like the original's: every frame is published and delivered to every subscriber", async () => {
    await using server = await openSidecar();
    await using a = await openSocket(`${server.url}/broker?topic=t`);
    await using b = await openSocket(`${server.url}/broker?topic=t`);
    a.send("hello");
    assert.equal(await b.text(), '{"Header":{},"Body":"aGVsbG8="}');
    assert.equal(await a.text(), '{"Header":{},"Body":"aGVsbG8="}');
    b.send(Buffer.from([0, 255]));
    assert.equal(await a.text(), '{"Header":{},"Body":"AP8="}');
  });

  it("shares the messages of a topic among a queue", async () => {
    await using server = await openSidecar();
    await using q1 = await openSocket(`${server.url}/broker?topic=t&queue=q`);
    await using q2 = await openSocket(`${server.url}/broker?topic=t&queue=q`);
    await using all = await openSocket(`${server.url}/broker?topic=t`);
    for (let i = 0; i < 20; i++) await ask(server.url, "POST", "/broker?topic=t", String(i));
    for (let i = 0; i < 20; i++) await all.text();
    assert.equal(q1.received.length + q2.received.length, 20);
  });

  it("publishes what is posted, with its headers", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker?topic=t`);
    const headers = { "Content-Type": "application/json", "X-User": "bob", Cookie: "c=1" };
    assert.equal((await ask(server.url, "POST", "/broker?topic=t", "{}", headers)).code, 200);
    const { Header } = JSON.parse(await socket.text());
    assert.deepEqual(Header, { "Content-Type": "application/json", "X-User": "bob" });
  });

  it("uses the content type of a form only if the query names it", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker?topic=t`);
    const type = "application/x-www-form-urlencoded";
    const typeOf = async (query: string) => {
      assert.equal(
        (await ask(server.url, "POST", `/broker?topic=t${query}`, "a=1", { "Content-Type": type })).code,
        200,
      );
      return JSON.parse(await socket.text()).Header["Content-Type"];
    };
    assert.equal(await typeOf(""), undefined);
    assert.equal(await typeOf(`&content_type=${encodeURIComponent(type)}`), type);
    assert.equal((await ask(server.url, "POST", "/broker?topic=t&content_type=a%0Ab", "x")).code, 400);
  });

  it("uses the first of a repeated parameter", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker?topic=t&topic=u`);
    assert.equal((await ask(server.url, "POST", "/broker?topic=t&topic=u", "x")).code, 200);
    assert.match(await socket.text(), /eA==/);
    assert.equal((await ask(server.url, "GET", "/registry?service=a&service=b")).code, 404);
  });

  it("says what is missing", async () => {
    await using server = await openSidecar();
    const none = await ask(server.url, "GET", "/broker");
    assert.equal(none.code, 400);
    assert.match(none.text, /Topic not specified/);
    assert.equal((await ask(server.url, "POST", "/broker", "x")).code, 400);
    const plain = await ask(server.url, "GET", "/broker?topic=t");
    assert.equal(plain.code, 400);
    assert.equal(plain.headers["sec-websocket-version"], "13");
    await assert.rejects(openSocket(`${server.url}/broker`), /400/);
    await assert.rejects(
      openSocket(`${server.url}/broker?topic=t`, [], { Origin: "http://evil.example" }),
      /403/,
    );
  });

  it("closes a socket that sends more than 1 MiB at once (1009), and serves the others", async () => {
    await using server = await openSidecar();
    await using big = await openSocket(`${server.url}/broker?topic=t`);
    await using other = await openSocket(`${server.url}/broker?topic=t`);
    big.send("x".repeat(1024 * 1024 + 1));
    assert.equal((await big.closed).code, 1009);
    other.send("still here");
    assert.match(await other.text(), /c3RpbGwgaGVyZQ==/);
  });

  it("reports in /health that the broker is unreachable, and when it is back", async () => {
    const broker = new MemoryBroker();
    const publish = broker.publish.bind(broker);
    await using server = await openSidecar({}, ownService({ broker }));
    const status = async () => {
      const { json } = await ask(server.url, "GET", "/health");
      return (json as { broker: { status: string } }).broker.status;
    };
    broker.publish = () =>
      Promise.reject(unavailable("go.micro.broker", "away", { reason: "BROKER_UNREACHABLE" }));
    assert.equal((await ask(server.url, "POST", "/broker?topic=t", "x")).code, 503);
    assert.equal(await status(), "unreachable");
    broker.publish = publish;
    assert.equal((await ask(server.url, "POST", "/broker?topic=t", "x")).code, 200);
    assert.equal(await status(), "ok");
  });

  it("unsubscribes when the last socket of a topic has left", async () => {
    const broker = new MemoryBroker();
    const subscribed: string[] = [];
    const ended: string[] = [];
    const subscribe = broker.subscribe.bind(broker);
    broker.subscribe = async (topic, handler, options) => {
      const subscription = await subscribe(topic, handler, options);
      subscribed.push(topic);
      const close = subscription.close.bind(subscription);
      return Object.assign(subscription, {
        close() {
          ended.push(topic);
          return close();
        },
      });
    };
    await using server = await openSidecar({}, ownService({ broker }));
    const sockets = await Promise.all([1, 2, 3].map(() => openSocket(`${server.url}/broker?topic=t`)));
    assert.deepEqual(subscribed, ["t"]);
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
    const end = performance.now() + 10_000;
    while (ended.length === 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(ended, ["t"]);
  });

  it("sends server-sent events, and goes on where a returning reader was", async () => {
    await using server = await openSidecar();
    const first = await readEvents(`${server.url}/broker?topic=t`);
    assert.equal((await first.next()).event, "ready");
    await ask(server.url, "POST", "/broker?topic=t", "one");
    const one = await first.next();
    assert.deepEqual([one.event, one.data.body, one.data.encoding], ["message", "one", "utf8"]);
    first.close();
    await ask(server.url, "POST", "/broker?topic=t", "two");
    const again = await readEvents(`${server.url}/broker?topic=t`, { "Last-Event-ID": one.id });
    assert.equal((await again.next()).data.resumed, true);
    assert.equal((await again.next()).data.body, "two");
    await ask(server.url, "POST", "/broker?topic=t", "x".repeat(2_000_000));
    assert.equal(String((await again.next()).data.body).length, 2_000_000);
    again.close();
  });
});

describe("a slow client of server-sent events", () => {
  it("gets the kept messages when it reads again, after a gap, and costs one listener", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    await using server = await openSidecar();
    const slow = await readEvents(`${server.url}/broker?topic=t`);
    await slow.next();
    slow.pause();
    const body = "x".repeat(100_000);
    for (let i = 0; i < 150; i++) await ask(server.url, "POST", "/broker?topic=t", body);
    slow.resume();
    let last = await slow.next();
    while (last.event === "message") last = await slow.next();
    assert.equal(last.event, "gap");
    const { to } = last.data as { to: number };
    assert.equal((await slow.next()).data.seq, to + 1);
    slow.close();
    process.off("warning", warned);
    assert.deepEqual(warnings, []);
  });
});

describe("the sidecar's framed /broker (micro.broker.v1)", () => {
  it("carries several topics on one socket, headers and any bytes", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker`, framed);
    assert.equal((await socket.json()).op, "welcome");
    for (const topic of ["a", "b"]) {
      socket.send(JSON.stringify({ op: "subscribe", topic }));
      assert.deepEqual(await socket.json(), { op: "subscribed", topic, queue: "" });
    }
    socket.send(JSON.stringify({ op: "publish", id: 7, topic: "a", header: { "X-A": "1" }, body: "hi" }));
    const message = { topic: "a", header: { "X-A": "1" }, body: "hi", encoding: "utf8" };
    assert.deepEqual(await socket.json(), { op: "message", seq: 1, ...message });
    assert.deepEqual(await socket.json(), { op: "published", topic: "a", id: 7 });
    socket.send(JSON.stringify({ op: "publish", topic: "b", body: "AP8=", encoding: "base64" }));
    const bytes = { topic: "b", header: {}, body: "AP8=", encoding: "base64" };
    assert.deepEqual(await socket.json(), { op: "message", seq: 2, ...bytes });
    assert.deepEqual(await socket.json(), { op: "published", topic: "b" });
    socket.send(JSON.stringify({ op: "unsubscribe", topic: "a" }));
    assert.deepEqual(await socket.json(), { op: "unsubscribed", topic: "a", queue: "" });
  });

  it("acknowledges to the publisher when the subscriber acknowledges", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker`, framed);
    await socket.json();
    socket.send(JSON.stringify({ op: "subscribe", topic: "t", ack: true }));
    await socket.json();
    let done = false;
    const published = ask(server.url, "POST", "/broker?topic=t", "x").then((answer) => {
      done = true;
      return answer;
    });
    const { seq } = await socket.json();
    assert.equal(done, false);
    socket.send(JSON.stringify({ op: "ack", seq }));
    assert.equal((await published).code, 200);
  });

  it("reports what is wrong with a frame, and continues", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker`, framed);
    await socket.json();
    for (const [text, detail] of [
      ["{nope", /parse JSON/],
      ["[]", /not an object/],
      ['{"op":"dance"}', /op: not/],
      ['{"op":"subscribe"}', /topic: missing/],
      ['{"op":"subscribe","topic":"a b"}', /white space/],
      ['{"op":"publish","topic":"t","body":1}', /body: not a string/],
      ['{"op":"publish","topic":"t","header":{"a b":"c"}}', /header/],
    ] as const) {
      socket.send(text);
      const { op, error } = await socket.json();
      assert.equal(op, "error");
      assert.equal(error.code, 400);
      assert.match(error.detail, detail);
    }
  });

  it("allows 100 topics on one socket, and not one more", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker`, framed);
    await socket.json();
    for (let i = 0; i <= 100; i++) socket.send(JSON.stringify({ op: "subscribe", topic: `t${i}` }));
    for (let i = 0; i < 100; i++) assert.equal((await socket.json()).op, "subscribed");
    assert.equal((await socket.json()).error.code, 413);
  });

  it("loses nothing and repeats nothing when a subscriber is cut off and resumes, ten times", async () => {
    await using server = await openSidecar();
    const seen: string[] = [];
    let socket = await openSocket(`${server.url}/broker`, framed);
    const { session } = await socket.json();
    socket.send(JSON.stringify({ op: "subscribe", topic: "t" }));
    await socket.json();
    let seq = 0;
    for (let cut = 0; cut < 10; cut++) {
      for (let i = 0; i < 10; i++) await ask(server.url, "POST", "/broker?topic=t", `${cut}.${i}`);
      for (let i = 0; i < 5; i++) {
        const message = await socket.json();
        seen.push(message.body);
        seq = message.seq;
      }
      socket.cut();
      socket = await openSocket(`${server.url}/broker`, framed);
      await socket.json();
      socket.send(JSON.stringify({ op: "resume", session, seq }));
      assert.equal((await socket.json()).resumed, true);
      for (let i = 5; i < 10; i++) {
        const message = await socket.json();
        seen.push(message.body);
        seq = message.seq;
      }
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, n) => `${Math.floor(n / 10)}.${n % 10}`),
    );
    await socket[Symbol.asyncDispose]();
  });

  it("sends a gap first when more was missed than is kept", async () => {
    await using server = await openSidecar();
    const first = await openSocket(`${server.url}/broker`, framed);
    const { session } = await first.json();
    first.send(JSON.stringify({ op: "subscribe", topic: "t" }));
    await first.json();
    first.cut();
    const body = "x".repeat(100_000);
    for (let i = 0; i < 10; i++) await ask(server.url, "POST", "/broker?topic=t", body);
    await using again = await openSocket(`${server.url}/broker`, framed);
    await again.json();
    again.send(JSON.stringify({ op: "resume", session, seq: 0 }));
    await again.json();
    const gap = await again.json();
    assert.equal(gap.op, "gap");
    assert.equal(gap.from, 1);
    const next = await again.json();
    assert.equal(next.seq, gap.to + 1);
    for (let seq = next.seq + 1; seq <= 10; seq++) assert.equal((await again.json()).seq, seq);
  });

  it("closes a subscriber that does not keep up, where that is the policy, and as the original's it always does", async () => {
    await using server = await openSidecar({ slow: "close" });
    await using slow = await openSocket(`${server.url}/broker`, framed);
    await slow.json();
    slow.send(JSON.stringify({ op: "subscribe", topic: "t" }));
    await slow.json();
    await using original = await openSocket(`${server.url}/broker?topic=t`);
    for (const socket of [slow, original]) socket.stall();
    const body = "x".repeat(200_000);
    for (let i = 0; i < 100; i++) await ask(server.url, "POST", "/broker?topic=t", body);
    for (const socket of [slow, original]) socket.resume();
    for (const socket of [slow, original]) assert.ok([1006, 1013].includes((await socket.closed).code));
    assert.ok(slow.received.length < 100 && original.received.length < 100);
  });

  it("reports when a session no longer exists", async () => {
    await using server = await openSidecar();
    await using socket = await openSocket(`${server.url}/broker`, framed);
    await socket.json();
    socket.send(JSON.stringify({ op: "resume", session: "unknown", seq: 3 }));
    assert.equal((await socket.json()).resumed, false);
  });
});

interface Event {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** Server-sent events of a URL, one at a time. */
async function readEvents(url: string, headers: Record<string, string> = {}) {
  const sent = request(url, { headers: { Accept: "text/event-stream", ...headers }, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on("response", resolve).on("error", reject).end();
  });
  const lines = createInterface(response)[Symbol.asyncIterator]();
  return {
    pause: () => response.pause(),
    resume: () => response.resume(),
    async next(): Promise<Event> {
      const fields: Record<string, string> = {};
      for (;;) {
        const line = String((await lines.next()).value);
        if (line === "" && fields.event) break;
        const [name = "", ...rest] = line.split(": ");
        if (name) fields[name] = rest.join(": ");
      }
      return { event: fields.event ?? "", id: fields.id ?? "", data: JSON.parse(fields.data ?? "{}") };
    },
    close: () => sent.destroy(),
  };
}
