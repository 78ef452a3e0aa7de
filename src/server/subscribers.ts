import { setTimeout as wait } from "node:timers/promises";
import type { Broker, Publication, Subscription } from "../broker/broker.js";
import { type Codecs, loadProtobuf } from "../codec/index.js";
import { type Context, runInContext } from "../core/context.js";
import { noDeadline } from "../core/deadline.js";
import { MicroError } from "../core/errors.js";
import type { Log } from "../core/log.js";
import { canonicalName } from "../core/metadata.js";
import type { Endpoint } from "../core/service.js";
import { describeType } from "./describe.js";
import type { Handler, SubscriberOptions } from "./server.js";
import { validate } from "./validate.js";

interface Subscriber {
  readonly topic: string;
  readonly handler: Handler;
  readonly options: SubscriberOptions;
}

export interface SubscribersParts {
  readonly service: string;
  readonly broker: Broker;
  readonly codecs: Codecs;
  readonly log: Log;
}

/** The handlers of topics, subscribed while the server runs. */
export class Subscribers {
  readonly #parts: SubscribersParts;
  readonly #subscribers: Subscriber[] = [];
  readonly #open: Subscription[] = [];
  readonly #stopped = new AbortController();
  /** Ends what tries to subscribe still. */
  readonly #leaving = new AbortController();
  readonly #later: Promise<void>[] = [];

  constructor(parts: SubscribersParts) {
    this.#parts = parts;
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber);
  }

  /** What the registry says of them. Source: subscriber endpoints of the Go ecosystem. */
  endpoints(): readonly Endpoint[] {
    return this.#subscribers.map(({ topic, handler, options: { type } }) => ({
      name: handler.name || topic,
      request: type ? describeType("request", type) : null,
      response: null,
      metadata: { topic, subscriber: "true" },
    }));
  }

  /** A broker that is away does not keep the service from serving: it is tried until it takes the subscription. */
  async start(): Promise<void> {
    if (this.#subscribers.length === 0) return;
    await loadProtobuf(...this.#subscribers.map(({ options }) => options.type));
    for (const subscriber of this.#subscribers) await this.#join(subscriber);
  }

  async #join(subscriber: Subscriber, failures = 0): Promise<void> {
    const { broker, log } = this.#parts;
    const take = (publication: Publication) => this.#take(subscriber, publication);
    try {
      await broker.connect();
      this.#open.push(await broker.subscribe(subscriber.topic, take, subscriber.options));
    } catch (error) {
      if (!MicroError.is(error) || error.code !== 503) throw error;
      log.warn({ err: error, topic: subscriber.topic }, "subscribing failed, trying again");
      this.#later.push(this.#joinLater(subscriber, failures + 1));
    }
  }

  async #joinLater(subscriber: Subscriber, failures: number): Promise<void> {
    const { signal } = this.#leaving;
    await wait(Math.random() * Math.min(2000, 100 * 2 ** failures), undefined, { signal }).catch(
      () => undefined,
    );
    if (signal.aborted) return;
    await this.#join(subscriber, failures).catch((err: unknown) =>
      this.#parts.log.error({ err, topic: subscriber.topic }, "subscribing failed"),
    );
  }

  async stop(): Promise<void> {
    this.#leaving.abort();
    while (this.#later.length > 0) await Promise.allSettled(this.#later.splice(0));
    await Promise.allSettled(this.#open.splice(0).map((subscription) => subscription.close()));
    this.#stopped.abort();
  }

  /** Rejects when the handler does, so that a broker that delivers at least once does so again. */
  async #take({ handler, options: { type } }: Subscriber, { topic, message }: Publication): Promise<void> {
    const { codecs, service, log } = this.#parts;
    const metadata = Object.fromEntries(
      Object.entries(message.header).map(([name, value]) => [canonicalName(name), value]),
    );
    const contentType = metadata["Content-Type"] ?? "application/json";
    try {
      const value = await validate(
        `message of "${topic}"`,
        decode(codecs, contentType, { body: message.body, type }),
        type,
      );
      const context: Context = {
        service,
        method: topic,
        metadata,
        deadline: noDeadline,
        signal: this.#stopped.signal,
        remote: "",
      };
      await runInContext(context, () => handler(value, context));
    } catch (error) {
      log.error({ err: error, topic }, "subscriber failed");
      throw error;
    }
  }
}

/** Legacy publishers name the envelope's content type, yet send the bare value. */
function decode(
  codecs: Codecs,
  contentType: string,
  { body, type }: { body: Uint8Array; type: SubscriberOptions["type"] },
): unknown {
  const bare = contentType.replace(
    /^application\/(json|proto)-rpc$/,
    (_, kind) => `application/${kind === "json" ? "json" : "protobuf"}`,
  );
  return codecs.get(bare).decode(body, type);
}
