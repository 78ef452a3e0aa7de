import assert from "node:assert/strict";
import { it } from "node:test";
import type { Broker } from "../../broker/broker.js";
import { Collector } from "../collector.js";
import { freshTopic, into, type OpenBroker, textMessage, textOf } from "./broker-case.js";

/** Cases for queues, for every broker. */
export function queueCases(open: OpenBroker): void {
  it("delivers to each subscriber without a queue", async () => {
    await using broker = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    for (const name of ["a", "b", "c"]) await broker.subscribe(topic, async () => received.add(name));
    await broker.publish(topic, textMessage("all"));
    assert.deepEqual([...(await received.atLeast(3))].sort(), ["a", "b", "c"]);
  });

  it("delivers M messages to N queues and a subscriber without one exactly (N + 1) × M times", async () => {
    await using publisher = await open();
    await using first = await open();
    await using second = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    await first.subscribe(topic, async ({ message }) => received.add(`none ${textOf(message)}`));
    for (const queue of ["red", "green"])
      for (const member of [first, second, second])
        await member.subscribe(topic, async ({ message }) => received.add(`${queue} ${textOf(message)}`), {
          queue,
        });
    const texts = Array.from({ length: 50 }, (_, index) => String(index));
    for (const text of texts) await publisher.publish(topic, textMessage(text));
    const expected = ["none", "red", "green"].flatMap((queue) => texts.map((text) => `${queue} ${text}`));
    await received.atLeast(expected.length);
    await marker(publisher, [first, second]);
    assert.deepEqual([...received.items].sort(), expected.sort());
  });

  it("shares the messages of a queue between its members", async () => {
    await using broker = await open();
    const topic = freshTopic();
    const received = new Collector<number>();
    for (const member of [1, 2])
      await broker.subscribe(topic, async () => received.add(member), { queue: "q" });
    for (let sent = 0; sent < 200; sent++) await broker.publish(topic, textMessage("work"));
    const members = await received.atLeast(200);
    assert.deepEqual([...new Set(members)].sort(), [1, 2]);
  });
}

/** Resolves when one more message has passed through `brokers`, so that all earlier ones have arrived. */
async function marker(publisher: Broker, brokers: readonly Broker[]): Promise<void> {
  const topic = freshTopic();
  const received = new Collector<string>();
  for (const broker of brokers) await broker.subscribe(topic, into(received));
  await publisher.publish(topic, textMessage("marker"));
  await received.atLeast(brokers.length);
}
