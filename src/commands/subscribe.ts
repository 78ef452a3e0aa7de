import { once } from "node:events";
import type { Broker, Publication, Subscription } from "../broker/broker.js";
import { MicroCommand } from "../cli/command.js";
import { usage } from "../cli/errors.js";
import { count, text } from "../cli/flags/flag-kinds.js";
import { messageJson } from "../cli/request/message-json.js";
import { unavailable } from "../core/errors.js";

export default class Subscribe extends MicroCommand {
  static override summary = "subscribe to topics and print their messages";
  static override usage = "subscribe TOPIC… [--queue Q] [--count N]";
  static override examples = ["micro subscribe events", "micro subscribe events --queue workers --count 10"];
  static override strict = false;
  static override flags = {
    queue: text("share the messages with the other subscribers of this queue"),
    count: count("end after so many messages"),
  };

  async run(): Promise<undefined> {
    const { argv, flags } = await this.parse(Subscribe);
    const topics = argv.map(String);
    if (topics.length === 0) throw usage("give a topic", "micro subscribe --help");
    await using parts = await this.parts(flags);
    const broker = await parts.broker();
    await this.wait("connecting to the broker", broker.connect({ signal: this.signal }));
    const enough = new AbortController();
    const handle = this.#printer(flags.count ?? Number.POSITIVE_INFINITY, flags.queue !== undefined, enough);
    const subscriptions = await this.#subscribe(topics, broker, handle, flags.queue);
    this.note(`subscribed to ${topics.join(", ")}`);
    const end = AbortSignal.any([this.signal, enough.signal]);
    if (!end.aborted) await once(end, "abort");
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    return undefined;
  }

  #subscribe(
    topics: readonly string[],
    broker: Broker,
    handle: (publication: Publication) => Promise<void>,
    queue: string | undefined,
  ): Promise<Subscription[]> {
    const subscribe = (topic: string) =>
      broker.subscribe(topic, handle, {
        queue,
        signal: this.signal,
        onGap: (reason) =>
          void this.write(`${this.formatJson({ gap: { topic, reason, time: new Date() } })}\n`),
      });
    return Promise.all(topics.map(subscribe));
  }

  /** Messages beyond the limit are left to the other members of a queue. */
  #printer(
    limit: number,
    shared: boolean,
    enough: AbortController,
  ): (publication: Publication) => Promise<void> {
    let left = limit;
    return async ({ topic, message }) => {
      if (left-- <= 0) {
        if (shared)
          throw unavailable("micro", `subscribe "${topic}": took ${limit} messages`, { executed: "no" });
        return;
      }
      await this.write(`${this.formatJson(messageJson(topic, message))}\n`);
      if (left <= 0) enough.abort();
    };
  }
}
