import assert from "node:assert/strict";
import { it } from "node:test";
import { Collector } from "../collector.js";
import { eventually } from "../eventually.js";
import { freshTopic, into, type OpenBroker, textMessage } from "./broker-case.js";

/** Cases for brokers whose server restarts. */
export function restartCases(open: OpenBroker, restart: () => Promise<void>): void {
  it("keeps its subscriptions when the server restarts", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    await subscriber.subscribe(topic, into(received));
    await subscriber.subscribe(topic, into(received), { queue: "q" });
    await publisher.publish(topic, textMessage("before"));
    await received.atLeast(2);
    await restart();
    await eventually(async () => {
      await publisher.publish(topic, textMessage("after"));
      assert.equal(received.items.filter((text) => text === "after").length >= 2, true);
    });
  });
}
