import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { describe, it } from "node:test";
import {
  type FeedAnswer,
  type Run,
  readAnswer,
  writeRefusals,
  writeRuns,
} from "../../../src/broker/http/feed/acks.js";
import { joinBodies, maxBodies, splitBodies } from "../../../src/broker/http/feed/batch.js";
import { Feed, type FeedPublication } from "../../../src/broker/http/feed/feed.js";
import { feedHeader, writeOpening } from "../../../src/broker/http/feed/feed-message.js";
import { FeedReader } from "../../../src/broker/http/feed/feed-reader.js";
import { InFlightWindow } from "../../../src/broker/http/feed/in-flight-window.js";
import { PendingQueue } from "../../../src/broker/http/feed/pending.js";
import { HttpBroker } from "../../../src/broker/http/http.js";
import { InFlight } from "../../../src/broker/in-flight.js";
import { badRequest, MicroError, unavailable } from "../../../src/core/errors.js";
import type { Message } from "../../../src/core/message.js";
import type { Service } from "../../../src/core/service.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { Collector } from "../../../src/testing/collector.js";
import { eventually } from "../../../src/testing/eventually.js";
import { mux } from "../../../src/transport/mux/mux.js";
import type { MessageStream } from "../../../src/transport/transport.js";

const text = (body: string): Message => ({ header: {}, body: Buffer.from(body) });
const textOf = ({ body }: Message) => Buffer.from(body).toString();

/** Two brokers that meet in one registry. */
async function pair(options: { timeout?: number } = {}) {
  const registry = new MemoryRegistry();
  const publisher = new HttpBroker({ registry, ...options });
  const subscriber = new HttpBroker({ registry });
  await subscriber.connect();
  return {
    registry,
    publisher,
    subscriber,
    async [Symbol.asyncDispose]() {
      await publisher.close();
      await subscriber.close();
    },
  };
}

/** The one entry of a topic, as publishers find it. */
async function entry(registry: MemoryRegistry, topic: string): Promise<Service> {
  const [service] = await registry.getService(`topic:${topic}`);
  assert.ok(service);
  return service;
}

function portOf({ nodes: [node] }: Service): string {
  return node?.metadata.port ?? "";
}

/** Speaks to a port as a publisher does. */
async function openFeed(address: string, port: string) {
  const connection = await mux.dial(address, { secure: false, onClose: () => {} });
  assert.ok(connection);
  const stream = await connection.stream(writeOpening(port));
  const answers = stream[Symbol.asyncIterator]();
  return {
    send: (topic: string, bodies: readonly string[]) => stream.send(sent(topic, bodies)),
    async answer(): Promise<FeedAnswer> {
      const { value } = await answers.next();
      return readAnswer(value as Message);
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function sent(topic: string, bodies: readonly string[]): Message {
  const [first = ""] = bodies;
  const header = feedHeader(topic, { "X-User": "ann" }, bodies.length === 1);
  return {
    header,
    body: bodies.length === 1 ? Buffer.from(first) : joinBodies(bodies.map((body) => Buffer.from(body))),
  };
}

function numbersOf(runs: readonly Run[]): number[] {
  return runs.flatMap(({ first, count }) => Array.from({ length: count }, (_, at) => first + at));
}

describe("a feed on the wire", () => {
  it("delivers each publication to all subscribers behind the port, and acknowledges them together", async () => {
    await using both = await pair();
    const received = new Collector<string>();
    for (const name of ["a", "b"])
      await both.subscriber.subscribe("t", async ({ message }) => received.add(`${name}${textOf(message)}`));
    const port = portOf(await entry(both.registry, "t"));
    await using feed = await openFeed(both.subscriber.address, port);
    await feed.send("t", ["1", "2", "3"]);
    assert.deepEqual(await feed.answer(), { runs: [{ first: 0, count: 3 }] });
    assert.deepEqual(received.items, ["a1", "b1", "a2", "b2", "a3", "b3"]);
    await feed.send("t", ["4"]);
    assert.deepEqual(await feed.answer(), { runs: [{ first: 3, count: 1 }] });
  });

  it("passes on only the header of the publication", async () => {
    await using both = await pair();
    const received = new Collector<Message>();
    await both.subscriber.subscribe("t", async ({ message }) => received.add(message));
    const port = portOf(await entry(both.registry, "t"));
    await using feed = await openFeed(both.subscriber.address, port);
    await feed.send("t", ["1", "2"]);
    await feed.send("t", ["3"]);
    for (const { header } of await received.atLeast(3)) assert.deepEqual(header, { "X-User": "ann" });
  });

  it("reports the subscribers that refuse, by publication", async () => {
    await using both = await pair();
    await both.subscriber.subscribe("t", async () => {});
    await both.subscriber.subscribe("t", async ({ message }) => {
      if (textOf(message) === "bad") throw unavailable("printer", "no paper");
    });
    const service = await entry(both.registry, "t");
    await using feed = await openFeed(both.subscriber.address, portOf(service));
    await feed.send("t", ["good", "bad", "good"]);
    const acknowledged: number[] = [];
    const refused: string[] = [];
    while (acknowledged.length < 2 || refused.length < 1) {
      const answer = await feed.answer();
      if ("runs" in answer) acknowledged.push(...numbersOf(answer.runs));
      else refused.push(...answer.refusals.map(({ error }) => `${answer.number} ${error.detail}`));
    }
    assert.deepEqual(acknowledged, [0, 2]);
    assert.deepEqual(refused, ["1 no paper"]);
  });

  it("tells the publisher which subscriber refused", async () => {
    await using both = await pair();
    await both.subscriber.subscribe("t", () => Promise.reject(unavailable("printer", "no paper")));
    const { nodes } = await entry(both.registry, "t");
    await assert.rejects(both.publisher.publish("t", text("x")), {
      code: 503,
      message: `publish "t": not acknowledged by 1 of 1 subscribers: ${nodes[0]?.id} (no paper)`,
    });
  });

  it("acknowledges messages without subscribers, and refuses a port with another name", async () => {
    await using both = await pair();
    await both.subscriber.subscribe("t", async () => {});
    const port = portOf(await entry(both.registry, "t"));
    await using feed = await openFeed(both.subscriber.address, port);
    await feed.send("left", ["1"]);
    assert.deepEqual(await feed.answer(), { runs: [{ first: 0, count: 1 }] });
    await using other = await openFeed(both.subscriber.address, "broker-other");
    await assert.rejects(other.answer(), { code: 410 });
  });

  it("ends a feed with invalid bodies", async () => {
    await using both = await pair();
    await both.subscriber.subscribe("t", async () => {});
    const port = portOf(await entry(both.registry, "t"));
    const connection = await mux.dial(both.subscriber.address, { secure: false, onClose: () => {} });
    assert.ok(connection);
    const stream = await connection.stream(writeOpening(port));
    await stream.send({ header: feedHeader("t", {}, false), body: Buffer.from([0, 0, 0, 9, 1]) });
    await assert.rejects(async () => {
      for await (const answer of stream) assert.fail(String(answer));
    }, /body beyond its frame/);
    await connection.close();
  });

  it("ends when its publisher has ended, although a handler hangs", { timeout: 10_000 }, async () => {
    const registry = new MemoryRegistry();
    await using subscriber = new HttpBroker({ registry, ackWait: 50 });
    await subscriber.subscribe("t", ({ message }) =>
      textOf(message) === "never" ? new Promise(() => {}) : Promise.resolve(),
    );
    const connection = await mux.dial(subscriber.address, { secure: false, onClose: () => {} });
    assert.ok(connection);
    const stream = await connection.stream(writeOpening(portOf(await entry(registry, "t"))));
    await stream.send(sent("t", ["a", "never", "b"]));
    await stream.end();
    const answers: FeedAnswer[] = [];
    for await (const answer of stream) answers.push(readAnswer(answer));
    const acknowledged = answers.flatMap((answer) => ("runs" in answer ? numbersOf(answer.runs) : []));
    assert.deepEqual(acknowledged, [0, 2]);
    await connection.close();
  });
});

describe("publishing over feeds", () => {
  it("reaches a subscriber of an older release, which does not support feeds", async () => {
    await using both = await pair();
    const received = new Collector<string>();
    await both.subscriber.subscribe("t", async ({ message }) => received.add(textOf(message)));
    const service = await entry(both.registry, "t");
    const registry = new MemoryRegistry();
    const older = service.nodes.map((node) => ({ ...node, metadata: { secure: "false", mux: "1" } }));
    await registry.register({ ...service, nodes: older });
    await using publisher = new HttpBroker({ registry });
    for (const body of ["1", "2"]) await publisher.publish("t", text(body));
    assert.deepEqual(received.items, ["1", "2"]);
  });

  it("treats subscribers as gone when another process has their address", async () => {
    await using both = await pair();
    const received = new Collector<string>();
    await both.subscriber.subscribe("t", async ({ message }) => received.add(textOf(message)));
    const service = await entry(both.registry, "t");
    const nodes = service.nodes.map((node) => ({
      ...node,
      id: "broker-gone.1",
      metadata: { ...node.metadata, port: "broker-gone" },
    }));
    await both.registry.register({ ...service, nodes });
    for (const body of ["1", "2"]) await both.publisher.publish("t", text(body));
    assert.deepEqual(received.items, ["1", "2"]);
  });

  it("acknowledges a message while an earlier one is still being handled", async () => {
    await using both = await pair();
    let finish = () => {};
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await both.subscriber.subscribe("t", ({ message }) =>
      textOf(message) === "slow" ? slow : Promise.resolve(),
    );
    const settled: string[] = [];
    const first = both.publisher.publish("t", text("slow")).then(() => settled.push("slow"));
    await both.publisher.publish("t", text("quick")).then(() => settled.push("quick"));
    finish();
    await first;
    assert.deepEqual(settled, ["quick", "slow"]);
  });

  it("fails only messages that are not acknowledged in time", async () => {
    await using both = await pair({ timeout: 100 });
    await both.subscriber.subscribe("t", ({ message }) =>
      textOf(message) === "never" ? new Promise(() => {}) : Promise.resolve(),
    );
    const never = both.publisher.publish("t", text("never"));
    const others = Promise.all([
      both.publisher.publish("t", text("a")),
      both.publisher.publish("t", text("b")),
    ]);
    await assert.rejects(never, { code: 503, message: /1 of 1 subscribers: .*no reply in time/ });
    await others;
    await both.publisher.publish("t", text("c"));
  });

  it("names every subscriber behind a port that does not answer", async () => {
    await using both = await pair({ timeout: 100 });
    for (let i = 0; i < 2; i++) await both.subscriber.subscribe("t", () => new Promise(() => {}));
    const { nodes } = await entry(both.registry, "t");
    await assert.rejects(
      both.publisher.publish("t", text("x")),
      (error: Error) => nodes.every(({ id }) => error.message.includes(id)) && /2 of 2/.test(error.message),
    );
  });

  it("keeps the order of messages of all sizes, up to the limit", async () => {
    await using both = await pair();
    const received = new Collector<string>();
    await both.subscriber.subscribe("t", async ({ message }) => {
      received.add(`${Buffer.from(message.body).readUInt32BE(0)} ${message.body.length}`);
    });
    const sizes = [4, 100, 70_000, 5, 64 * 1024, 4 * 1024 * 1024, 6, 7, 300_000, ...new Array(500).fill(40)];
    const bodies = sizes.map((size, index) => {
      const body = Buffer.alloc(size);
      body.writeUInt32BE(index);
      return body;
    });
    await Promise.all(bodies.map((body) => both.publisher.publish("t", { header: {}, body })));
    assert.deepEqual(
      received.items,
      sizes.map((size, index) => `${index} ${size}`),
    );
  });

  it("refuses the 11,001st message that a subscriber keeps waiting, and loses none of the others", async () => {
    await using both = await pair();
    let finish = () => {};
    const blocked = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let handled = 0;
    await both.subscriber.subscribe("t", async () => {
      handled++;
      await blocked;
    });
    await both.registry.getService("topic:t");
    const first = Array.from({ length: 1000 }, () => both.publisher.publish("t", text("x")));
    await eventually(async () => assert.equal(handled, 1000));
    const waiting = Array.from({ length: 10_000 }, () => both.publisher.publish("t", text("x")));
    await assert.rejects(both.publisher.publish("t", text("x")), {
      code: 503,
      message: /10000 messages wait/,
    });
    assert.equal(handled, 1000);
    finish();
    await Promise.all([...first, ...waiting]);
    assert.equal(handled, 11_000);
  });

  it("rejects with the reason of a signal, and does not send a queued message", async () => {
    await using both = await pair();
    const received = new Collector<string>();
    await both.subscriber.subscribe("t", async ({ message }) => received.add(textOf(message)));
    await both.publisher.publish("t", text("first"));
    const controller = new AbortController();
    const given = both.publisher.publish("t", text("given up"), { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(given, /enough/);
    await both.publisher.publish("t", text("last"));
    assert.deepEqual(received.items, ["first", "last"]);
  });

  it("sends the header that a message had when it was published", async () => {
    await using both = await pair();
    const received = new Collector<string | undefined>();
    await both.subscriber.subscribe("t", async ({ message }) => received.add(message.header["X-User"]));
    const header: Record<string, string> = {};
    const published = ["ann", "bob", "cid"].map((user) => {
      header["X-User"] = user;
      return both.publisher.publish("t", { header, body: Buffer.from("x") });
    });
    header["X-User"] = "nobody";
    await Promise.all(published);
    assert.deepEqual(received.items, ["ann", "bob", "cid"]);
  });

  it("settles every publish while the subscriber closes", async () => {
    await using both = await pair();
    let handled = 0;
    await both.subscriber.subscribe("t", async () => {
      handled++;
      await new Promise((resolve) => setImmediate(resolve));
    });
    await both.publisher.publish("t", text("x"));
    let closed = false;
    const outcomes: Promise<boolean>[] = [];
    const closing = both.subscriber.close().then(() => {
      closed = true;
    });
    while (!closed) {
      for (let i = 0; i < 10; i++)
        outcomes.push(
          both.publisher.publish("t", text("x")).then(
            () => true,
            () => false,
          ),
        );
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closing;
    await Promise.all(outcomes);
    assert.ok(handled > 0);
  });
});

describe("the parts of a feed", () => {
  it("reads back the bodies that it joined", () => {
    const bodies = [Buffer.from(""), Buffer.from("a"), Buffer.alloc(70_000, 1)];
    assert.deepEqual(splitBodies(joinBodies(bodies)), bodies);
    assert.deepEqual(splitBodies(Buffer.alloc(0)), []);
    assert.throws(() => splitBodies(Buffer.from([0, 0])), { code: 400 });
  });

  it("refuses more bodies in one message than are sent", () => {
    const empty = (count: number) => joinBodies(new Array<Buffer>(count).fill(Buffer.alloc(0)));
    assert.equal(splitBodies(empty(maxBodies)).length, 256);
    assert.throws(() => splitBodies(empty(257)), { code: 400, message: /more than 256 bodies/ });
  });

  it("reads acknowledgements back, and refuses invalid ones", () => {
    const runs = [{ first: 4_294_967_295, count: 2 }];
    assert.deepEqual(readAnswer(writeRuns(runs)), { runs });
    const error = new MicroError("go.micro.srv", 500, "x".repeat(2000));
    const answer = readAnswer(writeRefusals(7, [{ subscriber: "one", error }]));
    assert.ok("refusals" in answer);
    assert.equal(answer.refusals[0]?.error.detail, "x".repeat(1000));
    assert.throws(() => readAnswer({ header: {}, body: Buffer.alloc(7) }), { code: 400 });
    for (const body of ["{}", "[]", "null", '{"number":1,"refusals":[1]}'])
      assert.throws(
        () => readAnswer({ header: { "Content-Type": "application/json" }, body: Buffer.from(body) }),
        { code: 400 },
      );
  });

  it("tracks outstanding publications by number, in any order of acknowledgement", () => {
    const outstanding = new InFlightWindow<string>();
    for (const name of ["a", "b", "c", "d"]) outstanding.add(name);
    assert.deepEqual(outstanding.takeRun(1, 2), ["b", "c"]);
    assert.deepEqual(outstanding.takeRun(1, 2), []);
    assert.deepEqual(outstanding.withdraw(1), ["d"]);
    outstanding.add("e");
    assert.deepEqual(outstanding.takeRun(0, 4_294_967_295), ["a", "e"]);
    assert.equal(outstanding.size, 0);
    outstanding.add("f");
    assert.equal(outstanding.oldest, "f");
    assert.deepEqual(outstanding.takeRun(0, 4), []);
    assert.deepEqual(outstanding.takeRun(4, 1), ["f"]);
  });

  it("frees the slots of thousands of acknowledged publications behind an unacknowledged one", () => {
    const outstanding = new InFlightWindow<number>();
    for (let i = 0; i < 10_000; i++) outstanding.add(i);
    assert.deepEqual(outstanding.takeRun(1, 9_999).length, 9_999);
    assert.deepEqual(
      outstanding.takeWhile((number) => number < 5),
      [0],
    );
    outstanding.add(10_000);
    assert.deepEqual(outstanding.takeRun(10_000, 1), [10_000]);
  });

  it("reuses the numbers of withdrawn publications", () => {
    const outstanding = new InFlightWindow<string>();
    for (const name of ["a", "b", "c"]) outstanding.add(name);
    assert.deepEqual(outstanding.takeRun(0, 1), ["a"]);
    const all = () => true;
    assert.deepEqual(outstanding.takeWhile(all), ["b", "c"]);
    assert.deepEqual(outstanding.withdraw(2), []);
    for (const name of ["d", "e"]) outstanding.add(name);
    assert.deepEqual(
      outstanding.takeWhile((name) => name === "d"),
      ["d"],
    );
    assert.deepEqual(outstanding.withdraw(2), ["e"]);
    outstanding.add("f");
    assert.deepEqual(outstanding.takeRun(1, 1), ["f"]);
    assert.equal(outstanding.size, 0);
  });

  it("takes queued publications in order, however many went before", () => {
    const waiting = new PendingQueue<number>();
    for (let i = 0; i < 5000; i++) waiting.add(i);
    assert.equal(waiting.takeWhile((number) => number < 4000).length, 4000);
    assert.deepEqual([waiting.oldest, waiting.size], [4000, 1000]);
    waiting.drop();
    waiting.add(5000);
    assert.equal(waiting.takeWhile(() => true).at(-1), 5000);
    assert.deepEqual([waiting.oldest, waiting.size], [undefined, 0]);
  });

  it("fails publications in time when the peer stops reading, sent or not, and later ones too", async () => {
    await using alive = keptAlive();
    const { stream } = publisherStream(() => new Promise(() => {}));
    const feed = new Feed(Promise.resolve(stream), { timeout: 40, idle: 60, onOver: () => {} });
    const first = watched("first");
    feed.send(first.outgoing);
    await new Promise(setImmediate);
    const second = watched("second");
    feed.send(second.outgoing);
    await eventually(async () => assert.ok(first.error && second.error, "not failed"));
    assert.deepEqual([first.error?.reason, first.error?.executed], ["TIMEOUT", "unknown"]);
    assert.deepEqual([second.error?.reason, second.error?.executed], ["TIMEOUT", "no"]);
    await alive.pass(150);
    assert.ok(feed.open, "a feed in the middle of sending is not idle");
    const third = watched("third");
    feed.send(third.outgoing);
    await eventually(async () => assert.equal(third.error?.executed, "no"));
  });

  it("fails publications in time that wait for a stream to open", async () => {
    await using _alive = keptAlive();
    const feed = new Feed(new Promise(() => {}), { timeout: 40, onOver: () => {} });
    const only = watched("x");
    feed.send(only.outgoing);
    await eventually(async () => assert.equal(only.error?.executed, "no"));
  });

  it("counts the time of a publication from when it was published", async () => {
    let open = (_stream: MessageStream) => {};
    const opening = new Promise<MessageStream>((resolve) => {
      open = resolve;
    });
    const feed = new Feed(opening, { timeout: 5000, onOver: () => {} });
    const { outgoing } = watched("x");
    feed.send(outgoing);
    const { expires } = outgoing;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { stream, messages } = publisherStream(async () => {});
    open(stream);
    await eventually(async () => assert.equal(messages.length, 1));
    assert.ok(expires > performance.now());
    assert.equal(outgoing.expires, expires);
  });

  it("matches acknowledgements after a publication that could not be written", async () => {
    await using _alive = keptAlive();
    let refuse = () => {};
    const refused = new Promise<void>((_resolve, reject) => {
      refuse = () => reject(badRequest("go.micro.transport", "header", { executed: "no" }));
    });
    const { stream, messages, hear } = publisherStream(() =>
      messages.length === 1 ? refused : Promise.resolve(),
    );
    const feed = new Feed(Promise.resolve(stream), { timeout: 300, onOver: () => {} });
    const first = watched("first");
    feed.send(first.outgoing);
    await eventually(async () => assert.ok(first.error, "not failed"));
    refuse();
    const next = watched("next");
    feed.send(next.outgoing);
    await eventually(async () => assert.equal(messages.length, 2));
    hear(writeRuns([{ first: 0, count: 1 }]));
    await eventually(async () => assert.ok(next.answered, "not answered"));
    assert.equal(next.error, undefined);
  });

  it("stops reading while the publisher does not read its acknowledgements", async () => {
    let taken = () => {};
    const room = new Promise<void>((resolve) => {
      taken = resolve;
    });
    let read = 0;
    const stream: MessageStream = {
      ...publisherStream(() => room).stream,
      async *[Symbol.asyncIterator]() {
        for (; read < 10; read++) {
          await new Promise(setImmediate);
          yield sent("t", ["x"]);
        }
      },
    };
    const told = () => unavailable("t", "nobody throws");
    const options = {
      receivers: () => [],
      publisherError: told,
      inFlight: new InFlight(),
      maxInFlight: 10,
      ackWait: 1000,
    };
    const reading = new FeedReader(stream, options).read();
    for (let i = 0; i < 30; i++) await new Promise(setImmediate);
    assert.ok(read <= 2, `${read} read`);
    taken();
    await reading;
    assert.equal(read, 10);
  });

  it("ends an unused feed", async () => {
    let ended = false;
    let finish = () => {};
    const over = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const stream: MessageStream = {
      send: async () => {},
      async end() {
        ended = true;
        finish();
      },
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
      async *[Symbol.asyncIterator]() {
        yield writeRuns([{ first: 0, count: 1 }]);
        await over;
      },
    };
    let wasOver = false;
    const onOver = () => {
      wasOver = true;
    };
    const feed = new Feed(Promise.resolve(stream), { timeout: 20, idle: 40, onOver });
    feed.send(outgoing("x"));
    const alive = setInterval(() => {}, 10);
    await eventually(async () => assert.ok(ended && wasOver && !feed.open));
    clearInterval(alive);
  });
});

function outgoing(body: string): FeedPublication {
  return {
    topic: "t",
    message: text(body),
    givenUp: false,
    expires: 0,
    answered: () => {},
    failed: () => {},
  };
}

/** A publication, and what became of it. */
function watched(body: string) {
  const seen: { answered: boolean; error: MicroError | undefined; outgoing: FeedPublication } = {
    answered: false,
    error: undefined,
    outgoing: {
      ...outgoing(body),
      answered: () => {
        seen.answered = true;
      },
      failed: (error) => {
        seen.error = error;
      },
    },
  };
  return seen;
}

/** The publisher's end of a stream: `send` settles as told, `hear` brings an answer. */
function publisherStream(send: () => Promise<void>) {
  const messages: Message[] = [];
  const answers = new EventEmitter();
  const stream: MessageStream = {
    send(message) {
      messages.push(message);
      return send();
    },
    end: async () => {},
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
    async *[Symbol.asyncIterator]() {
      for await (const [answer] of on(answers, "answer")) yield answer as Message;
    },
  };
  return { stream, messages, hear: (answer: Message) => answers.emit("answer", answer) };
}

/** The timers of a feed alone do not keep a process. */
function keptAlive() {
  const alive = setInterval(() => {}, 10);
  return {
    pass: (time: number) => new Promise((resolve) => setTimeout(resolve, time)),
    [Symbol.asyncDispose]: async () => clearInterval(alive),
  };
}
