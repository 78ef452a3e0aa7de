import assert from "node:assert/strict";
import { it } from "node:test";
import { inspect } from "node:util";
import { MicroError } from "../../core/errors.js";
import { Collector } from "../collector.js";
import { freshTopic, into, type OpenBroker, textMessage, textOf } from "./broker-case.js";

/** Cases for brokers whose `publish` waits for the subscribers. */
export function acknowledgingCases(open: OpenBroker): void {
  it("resolves publish only when every subscriber has acknowledged", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    let handled = false;
    await subscriber.subscribe(topic, async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      handled = true;
    });
    await publisher.publish(topic, textMessage("wait"));
    assert.equal(handled, true);
  });

  it("rejects with the subscribers that did not acknowledge, and delivers to the others", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    await subscriber.subscribe(topic, into(received));
    await subscriber.subscribe(topic, async () => {
      throw new MicroError("printer", 503, "out of paper");
    });
    const publishing = publisher.publish(topic, textMessage("print"));
    await assert.rejects(publishing, (error: Error) =>
      /1 of 2 subscribers.*out of paper/.test(error.message),
    );
    assert.deepEqual(await received.atLeast(1), ["print"]);
  });

  for (const queue of [undefined, "q"])
    it(`hides from publishers what a subscriber throws, unless it is a MicroError (queue: ${queue})`, async () => {
      await using publisher = await open();
      await using subscriber = await open();
      for (const by of [publisher, subscriber])
        for (const thrown of [new Error("password=hunter2"), "hunter2", new TypeError("hunter2"), null]) {
          const topic = freshTopic();
          const subscription = await by.subscribe(topic, () => Promise.reject(thrown), { queue });
          await assert.rejects(publisher.publish(topic, textMessage("x")), (error) => {
            assert.match(JSON.stringify(error), /internal error, see the log for request [0-9a-f-]{36}/);
            assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter2/);
            return true;
          });
          await subscription.close();
        }
    });

  it("passes a message that one member of a queue refuses to the next", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    await subscriber.subscribe(topic, into(received), { queue: "q" });
    await subscriber.subscribe(topic, () => Promise.reject(new Error("busy")), { queue: "q" });
    for (let sent = 0; sent < 20; sent++) await publisher.publish(topic, textMessage(String(sent)));
    assert.equal(received.items.length, 20);
  });

  it("waits for ack with autoAck: false, even after the handler has resolved", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    let acked = false;
    const handler = async ({ ack }: { ack(): Promise<void> }) => {
      setTimeout(() => {
        acked = true;
        void ack();
      }, 50);
    };
    await subscriber.subscribe(topic, handler, { autoAck: false });
    await publisher.publish(topic, textMessage("wait"));
    assert.equal(acked, true);
  });
}

/** Cases for brokers that deliver at least once. */
export function redeliveryCases(open: OpenBroker): void {
  it("redelivers a message that a handler refused", async () => {
    await using broker = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    await broker.subscribe(
      topic,
      async ({ message }) => {
        received.add(textOf(message));
        if (received.items.length === 1) throw new Error("not yet");
      },
      { queue: "q" },
    );
    await broker.publish(topic, textMessage("again"));
    assert.deepEqual(await received.atLeast(2), ["again", "again"]);
  });

  it("redelivers an unacknowledged message, also to another member of the queue", async () => {
    await using broker = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    const silent = await broker.subscribe(topic, async () => received.add("silent"), {
      queue: "q",
      autoAck: false,
    });
    await broker.publish(topic, textMessage("held"));
    await received.atLeast(1);
    await broker.subscribe(topic, async () => received.add("other"), { queue: "q" });
    await silent.close();
    await received.until((items) => items.includes("other"));
  });

  it("keeps messages for a queue whose members are disconnected", async () => {
    await using publisher = await open();
    const topic = freshTopic();
    {
      await using subscriber = await open();
      await subscriber.subscribe(topic, async () => {}, { queue: "q" });
    }
    await publisher.publish(topic, textMessage("kept"));
    await using back = await open();
    const received = new Collector<string>();
    await back.subscribe(topic, into(received), { queue: "q" });
    assert.deepEqual(await received.atLeast(1), ["kept"]);
  });

  it("moves a message to the .dead topic after 5 attempts", async () => {
    await using broker = await open();
    const topic = freshTopic();
    const dead = new Collector<string>();
    let tries = 0;
    await broker.subscribe(`${topic}.dead`, into(dead), { queue: "q" });
    const refuse = async () => {
      tries++;
      throw new Error("never");
    };
    await broker.subscribe(topic, refuse, { queue: "q" });
    await broker.publish(topic, textMessage("poison"));
    assert.deepEqual(await dead.atLeast(1), ["poison"]);
    assert.equal(tries, 5);
  });
}
