import type { Broker, Publication, Subscription } from "../broker/broker.js";
import { requireTopic } from "../broker/require-topic.js";
import { type Codecs, loadProtobuf } from "../codec/index.js";
import { type Context, runInContext } from "../core/context.js";
import { errorForCaller } from "../core/error-for-caller.js";
import { MicroError } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import type { Message } from "../core/message.js";
import { canonicalName } from "../core/metadata.js";
import type { Endpoint, Metadata } from "../core/service.js";
import { backOff } from "../core/time/backoff.js";
import { sleep } from "../core/time/clock.js";
import { noDeadline } from "../core/time/deadline.js";
import { describeType } from "./schema/describe.js";
import { validate } from "./schema/validate.js";
import type { Handler, SubscriberOptions } from "./server.js";
import { TopicValues } from "./topic-values.js";

/** Back-off before retrying an unreachable broker, in milliseconds. */
const retry = { least: 100, most: 2000 };

interface Subscriber {
  readonly topic: string;
  readonly handler: Handler;
  readonly options: SubscriberOptions;
}

/** A subscriber, with what all its messages share. */
interface Prepared extends Subscriber {
  readonly endpoint: Endpoint;
  readonly values: TopicValues;
  /** Name of its messages in errors. */
  readonly what: string;
  /** Logs the error of the handler, and throws the one for the publisher. */
  readonly failed: (error: unknown) => never;
}

export interface SubscribersParts {
  readonly service: string;
  readonly broker: Broker;
  readonly codecs: Codecs;
  readonly log: Log;
  /** What a declaration has to say in the log. */
  readonly warnAtStart: (fields: object, text: string) => void;
}

/** The handlers of topics, subscribed while the server runs. */
export class Subscribers {
  readonly #parts: SubscribersParts;
  readonly #subscribers: Prepared[] = [];
  readonly #values = new Map<string, TopicValues>();
  /** The last header, and the metadata made from it: consecutive messages often share a header object. */
  #header: Metadata | undefined;
  #metadata: Metadata = {};
  readonly #open: Subscription[] = [];
  readonly #stopped = new AbortController();
  /** Aborts pending attempts to subscribe. */
  readonly #leaving = new AbortController();
  readonly #later: Promise<void>[] = [];

  constructor(parts: SubscribersParts) {
    this.#parts = parts;
  }

  add(subscriber: Subscriber): void {
    const { topic } = subscriber;
    requireTopic(topic, "subscribe");
    const values = this.#values.get(topic) ?? new TopicValues(this.#parts.codecs);
    values.join();
    this.#values.set(topic, values);
    const { service: id, log } = this.#parts;
    const text = "subscriber failed";
    const detail = `internal error, see the log of ${id}`;
    const failed = (error: unknown): never => {
      if (MicroError.is(error)) log.error({ err: error, topic }, text);
      throw errorForCaller(error, { id, log, text, fields: { topic }, detail });
    };
    const endpoint = this.#described(subscriber);
    this.#subscribers.push({ ...subscriber, endpoint, values, what: `message of "${topic}"`, failed });
  }

  /** The subscribers as endpoints for the registry. Source: subscriber endpoints of the Go ecosystem. */
  endpoints(): readonly Endpoint[] {
    return this.#subscribers.map(({ endpoint }) => endpoint);
  }

  #described({ topic, handler, options: { type } }: Subscriber): Endpoint {
    const undescribed = (_: string, reason: string) =>
      this.#parts.warnAtStart({ topic, reason }, "the message is not described in the registry");
    return {
      name: handler.name || topic,
      request: type ? describeType("request", type, undescribed) : null,
      response: null,
      metadata: { topic, subscriber: "true" },
    };
  }

  /**
   * Subscribes. An unreachable broker (503) does not fail the start: subscribing is retried in the background.
   * @throws {MicroError} Any other error, which a retry would not fix.
   */
  async start(): Promise<void> {
    if (this.#subscribers.length === 0) return;
    await loadProtobuf(...this.#subscribers.map(({ options }) => options.type));
    for (const subscriber of this.#subscribers) await this.#join(subscriber);
  }

  async #join(subscriber: Prepared, failures = 0): Promise<void> {
    const { broker, log } = this.#parts;
    const take = (publication: Publication) => this.#handle(subscriber, publication);
    if (this.#leaving.signal.aborted) return;
    try {
      await broker.connect();
      this.#open.push(await broker.subscribe(subscriber.topic, take, subscriber.options));
    } catch (error) {
      if (!MicroError.is(error) || error.code !== 503) throw error;
      const { topic } = subscriber;
      const { code, reason, detail } = error;
      const retryIn = Math.round(backOff(failures + 1, retry));
      log.warn({ topic, code, reason, detail, retryIn }, "subscribing failed, trying again");
      log.debug({ err: error, topic }, "subscribing failed"); // with the stack
      this.#later.push(this.#joinLater(subscriber, failures + 1, retryIn));
    }
  }

  async #joinLater(subscriber: Prepared, failures: number, retryIn: number): Promise<void> {
    const { signal } = this.#leaving;
    await sleep(retryIn, { signal }).catch(() => undefined);
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

  /** Rejects when the handler does, so that an at-least-once broker delivers the message again. */
  #handle(subscriber: Prepared, { topic, message }: Publication): Promise<void> {
    const { type } = subscriber.options;
    try {
      const context = this.#context(topic, message);
      const contentType = context.metadata["Content-Type"] ?? "application/json";
      const value = validate(subscriber.what, subscriber.values.of(message, contentType, type), type);
      const handled =
        value instanceof Promise
          ? value.then((checked) => runInContext(context, subscriber.handler, checked, context))
          : runInContext(context, subscriber.handler, value, context);
      return Promise.resolve(handled).then(nothing, subscriber.failed);
    } catch (error) {
      return Promise.reject(error).catch(subscriber.failed);
    }
  }

  #context(topic: string, { header }: Message): Context {
    return {
      service: this.#parts.service,
      method: topic,
      metadata: this.#metadataOf(header),
      deadline: noDeadline,
      signal: this.#stopped.signal,
      remote: "",
    };
  }

  /** Cached for a repeated header object, if it is frozen and so cannot have changed. */
  #metadataOf(header: Metadata): Metadata {
    if (header === this.#header) return this.#metadata;
    const metadata = canonical(header);
    if (Object.isFrozen(header)) {
      this.#metadata = metadata;
      this.#header = header;
    }
    return metadata;
  }
}

function nothing(): void {}

/** Frozen, because handlers of all messages with that header share it. */
function canonical(header: Metadata): Metadata {
  const metadata: Record<string, string> = {};
  for (const name in header) metadata[canonicalName(name)] = header[name] ?? "";
  return Object.freeze(metadata);
}
