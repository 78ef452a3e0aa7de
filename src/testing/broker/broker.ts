import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Publication } from "../../broker/broker.js";
import { Collector } from "../collector.js";
import { acknowledgingCases, redeliveryCases } from "./broker-acknowledge.js";
import {
  freshTopic,
  into,
  type OpenBroker,
  type OpenBrokerOptions,
  textMessage,
  textOf,
} from "./broker-case.js";
import { hangingCases } from "./broker-hanging.js";
import { queueCases } from "./broker-queues.js";
import { restartCases } from "./broker-restart.js";

/** What the broker under test can do. */
export interface BrokerSuiteOptions {
  /** Publishing waits for the subscribers, and rejects if one did not acknowledge. Default false. */
  readonly acknowledges?: boolean;
  /**
   * Messages that are not acknowledged are delivered again. Open the brokers with an `ackWait` of 1 s at most.
   * Default false.
   */
  readonly redelivers?: boolean;
  /**
   * Kills the server behind the brokers and starts it again with its data. Default: the cases of restarts are left
   * out.
   */
  readonly restart?: () => Promise<void>;
  /** The reason why the suite cannot run here, as in `node:test`. Default: it runs. */
  readonly skip?: string | false;
}

export type { OpenBroker, OpenBrokerOptions };

/**
 * Runs the conformance suite of brokers under `node:test`. `open` returns a new broker that reaches those before
 * it.
 */
export function brokerSuite(name: string, open: OpenBroker, options: BrokerSuiteOptions = {}): void {
  describe(`broker ${name}`, { skip: options.skip ?? false }, () => {
    deliveryCases(open);
    queueCases(open);
    lifeCases(open);
    hangingCases(open, options.acknowledges ?? false);
    if (options.acknowledges) acknowledgingCases(open);
    if (options.redelivers) redeliveryCases(open);
    if (options.restart) restartCases(open, options.restart);
  });
}

function deliveryCases(open: OpenBroker): void {
  it("delivers header and body to a subscriber on another broker", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    const received = new Collector<Publication>();
    await subscriber.subscribe(topic, async (publication) => received.add(publication));
    await publisher.publish(
      topic,
      textMessage("hello", { "X-User-Id": "john", "Content-Type": "text/plain" }),
    );
    const [publication] = await received.atLeast(1);
    assert.equal(publication?.topic, topic);
    assert.equal(publication?.message.header["X-User-Id"], "john");
    assert.equal(publication?.message.header["Content-Type"], "text/plain");
    assert.equal(publication && textOf(publication.message), "hello");
  });

  it("removes only credentials from the header, in any letter case", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    const received = new Collector<Publication>();
    await subscriber.subscribe(topic, async (publication) => received.add(publication));
    const credentials = {
      Authorization: "Bearer secret",
      authorization: "secret",
      COOKIE: "secret=1",
      "Proxy-Authorization": "secret",
    };
    const header = { ...credentials, "X-Kept": "1", "Content-Type": "text/plain" };
    await publisher.publish(topic, textMessage("hello", header));
    const [publication] = await received.atLeast(1);
    assert.doesNotMatch(JSON.stringify(publication?.message.header), /secret/);
    assert.equal(publication?.message.header["X-Kept"], "1");
    assert.equal(header.Authorization, "Bearer secret");
  });

  it("delivers every byte value, an empty body, and one of 700 KiB", async () => {
    await using broker = await open();
    const topic = freshTopic();
    const received = new Collector();
    await broker.subscribe(topic, async ({ message }) => received.add(message));
    const bodies = [Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), Buffer.alloc(0)];
    // NATS limits a whole message to 1 MiB by default, including base64 and header.
    bodies.push(Buffer.alloc(700 * 1024, 7));
    for (const body of bodies) await broker.publish(topic, { header: {}, body });
    const messages = await received.atLeast(bodies.length);
    for (const [index, body] of bodies.entries())
      assert.ok(body.equals(messages[index]?.body ?? Buffer.of(1)), `body of ${body.length} bytes`);
  });

  it("keeps the order of one publisher to a subscriber without a queue", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    await subscriber.subscribe(topic, into(received));
    const sent = Array.from({ length: 200 }, (_, index) => String(index));
    await Promise.all(sent.map((text) => publisher.publish(topic, textMessage(text))));
    assert.deepEqual(await received.atLeast(sent.length), sent);
  });

  it("keeps topics with special characters apart", async () => {
    await using broker = await open();
    const base = freshTopic();
    const names = ["", ".a", ".a.b", ".*", ".>", "/x y", ":ü", "?id=1&b=%20"].map((end) => base + end);
    const received = new Collector<string>();
    for (const topic of names)
      await broker.subscribe(topic, async ({ topic: of, message }) =>
        received.add(`${of}|${textOf(message)}`),
      );
    for (const topic of names) await broker.publish(topic, textMessage(topic));
    const expected = names.map((topic) => `${topic}|${topic}`).sort();
    assert.deepEqual([...(await received.atLeast(names.length))].sort(), expected);
  });

  it("refuses to publish or subscribe to a topic that no registry can hold", async () => {
    await using broker = await open();
    for (const topic of ["", "a\nb", "a\tb", "a\0b", "a\ud800", "a//b", "a/", "a/../b"]) {
      const text = JSON.stringify(topic);
      await assert.rejects(broker.publish(topic, textMessage("x")), { code: 400 }, text);
      await assert.rejects(
        broker.subscribe(topic, async () => {}),
        { code: 400 },
        text,
      );
    }
  });

  it("publishes to a topic without subscribers", async () => {
    await using broker = await open();
    await broker.publish(freshTopic(), textMessage("nobody"));
  });
}

function lifeCases(open: OpenBroker): void {
  it("delivers nothing to a closed subscription, and closing it twice is not an error", async () => {
    await using publisher = await open();
    await using broker = await open();
    const topic = freshTopic();
    const closed = new Collector<string>();
    const staying = new Collector<string>();
    const subscription = await broker.subscribe(topic, into(closed));
    await broker.subscribe(topic, into(staying));
    await subscription.close();
    await subscription.close();
    await publisher.publish(topic, textMessage("after"));
    await staying.atLeast(1);
    assert.deepEqual(closed.items, []);
  });

  it("has an address once connected, and connects twice without error", async () => {
    await using broker = await open();
    await broker.connect();
    await broker.connect();
    assert.notEqual(broker.address, "");
  });

  it("refuses to publish or subscribe after close", async () => {
    const broker = await open();
    await broker.connect();
    await broker.close();
    await broker.close();
    await assert.rejects(broker.publish("gone", textMessage("late")), {
      code: 503,
      reason: "BROKER_UNREACHABLE",
    });
    await assert.rejects(
      broker.subscribe("gone", async () => {}),
      { code: 503 },
    );
  });

  it("rejects with the reason of an aborted signal", async () => {
    await using broker = await open();
    const reason = new Error("gone home");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(broker.publish("topic", textMessage("x"), { signal }), reason);
    await assert.rejects(
      broker.subscribe("topic", async () => {}, { signal }),
      reason,
    );
  });

  it("refuses a body over 4 MiB with 413", async () => {
    await using broker = await open();
    const body = new Uint8Array(4 * 1024 * 1024 + 1);
    await assert.rejects(broker.publish(freshTopic(), { header: {}, body }), { code: 413 });
  });
}
