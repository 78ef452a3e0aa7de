import { it } from "node:test";
import type { Broker } from "../broker/broker.js";
import { freshTopic, into, type OpenBroker, textMessage } from "./broker.js";
import { Collector, eventually } from "./collector.js";

/** What brokers do whose server dies and comes back. */
export function restartCases(open: OpenBroker, restart: () => Promise<void>): void {
  it("keeps its subscriptions when the server dies and comes back", async () => {
    await using publisher = await open();
    await using subscriber = await open();
    const topic = freshTopic();
    const received = new Collector<string>();
    await subscriber.subscribe(topic, into(received));
    await subscriber.subscribe(topic, into(received), { queue: "q" });
    await publisher.publish(topic, textMessage("before"));
    await received.atLeast(2);
    await restart();
    await publishedAgain(publisher, topic);
    await eventually(async () => {
      await publishedAgain(publisher, topic);
      return received.items.filter((text) => text === "after").length >= 2;
    });
  });
}

/** Publishes, again while the server is not there. */
async function publishedAgain(publisher: Broker, topic: string): Promise<void> {
  await eventually(() =>
    publisher.publish(topic, textMessage("after")).then(
      () => true,
      () => false,
    ),
  );
}
