import assert from "node:assert/strict";
import { it } from "node:test";
import type { Broker, Publication } from "../../broker/broker.js";
import { withTimeout } from "../../core/async/with-timeout.js";
import { Collector } from "../collector.js";
import { freshTopic, into, type OpenBroker, textMessage } from "./broker-case.js";

/** Milliseconds that brokers under test wait for a subscriber, and that a case waits for `publish`. */
const timeout = 1000;
const deadline = 20_000;

/** Cases for handlers that never settle, for every broker. `acknowledges` is as in `BrokerSuiteOptions`. */
export function hangingCases(open: OpenBroker, acknowledges: boolean): void {
  for (const where of ["another", "the same"])
    it(`settles publish while a handler of ${where} process hangs`, async () => {
      await using publisher = await open({ timeout });
      await using other = await open({ timeout });
      await using hung = new Hung();
      const topic = freshTopic();
      const received = new Collector<string>();
      const [holder, taker] = where === "another" ? [other, publisher] : [publisher, other];
      await holder.subscribe(topic, hung.handler);
      await taker.subscribe(topic, into(received));
      const published = settled(publisher, topic, "one");
      if (acknowledges)
        await assert.rejects(published, { code: 503, message: /not acknowledged by 1 of 2 subscribers/ });
      else await published;
      assert.deepEqual(await received.atLeast(1), ["one"]);
    });

  if (!acknowledges) return;
  for (const autoAck of [true, false])
    it(`passes a message that one member of a queue holds to the next (autoAck: ${autoAck})`, async () => {
      await using publisher = await open({ timeout });
      await using other = await open({ timeout });
      await using hung = new Hung();
      const topic = freshTopic();
      const received = new Collector<string>();
      const handler = autoAck ? hung.handler : hung.acknowledgingLate;
      for (const by of [publisher, other]) await by.subscribe(topic, handler, { queue: "q", autoAck });
      await other.subscribe(topic, into(received), { queue: "q" });
      const texts = ["1", "2", "3", "4", "5", "6", "7", "8"];
      await Promise.all(texts.map((text) => settled(publisher, topic, text)));
      assert.deepEqual([...received.items].sort(), texts);
    });
}

function settled(publisher: Broker, topic: string, text: string): Promise<void> {
  const late = () => new assert.AssertionError({ message: `publishing has not settled in ${deadline}ms` });
  return withTimeout(publisher.publish(topic, textMessage(text)), deadline, late);
}

/** A handler that hangs until it is disposed. Do that before its broker: closing waits for handlers. */
class Hung implements AsyncDisposable {
  #release = () => {};
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  readonly handler = (): Promise<void> => this.#released;

  /** The same for `autoAck: false`: without the late acknowledgement, closing would wait 30 s for it. */
  readonly acknowledgingLate = async ({ ack }: Publication): Promise<void> => {
    await this.#released;
    await ack();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release();
  }
}
