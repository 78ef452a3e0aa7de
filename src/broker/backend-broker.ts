import { orAbort } from "../core/async/or-abort.js";
import type { Abortable, Closeable } from "../core/closeable.js";
import { tooLarge } from "../core/errors.js";
import { type Log, silent } from "../core/log/log.js";
import type { Message } from "../core/message.js";
import { type AcknowledgeOptions, acknowledged, type PublicationHandler } from "./acknowledge.js";
import type { Backend, EnvelopeHandler } from "./backend.js";
import type { Broker, SubscribeOptions, Subscription } from "./broker.js";
import { encodeEnvelope, maxBody } from "./envelope.js";
import { EnvelopeReader } from "./envelope-reader.js";
import { InFlight, maxInFlight } from "./in-flight.js";
import { refuseClosed } from "./refuse-closed.js";
import { requireTopic } from "./require-topic.js";
import { withoutCredentials } from "./without-credentials.js";

export interface BackendBrokerOptions {
  /** Milliseconds for a handler to acknowledge. Default 30,000. */
  readonly ackWait?: number;
  readonly log?: Log;
}

/** Milliseconds for running handlers to acknowledge when the broker closes. */
const closing = 5000;

/** A broker on top of a server such as NATS or Redis. Uses the envelope of the Go brokers. */
export class BackendBroker implements Broker {
  readonly name: string;
  readonly #backend: Backend;
  readonly #options: BackendBrokerOptions;
  readonly #subscriptions = new Set<Subscription>();
  readonly #inFlight = new InFlight();
  readonly #reader = new EnvelopeReader();
  #closed: Promise<void> | undefined;

  constructor(name: string, backend: Backend, options: BackendBrokerOptions = {}) {
    this.name = name;
    this.#backend = backend;
    this.#options = options;
  }

  get address(): string {
    return this.#backend.address;
  }

  async connect({ signal }: Abortable = {}): Promise<void> {
    signal?.throwIfAborted();
    refuseClosed(this.#closed !== undefined);
    await orAbort(this.#backend.open(), signal);
  }

  publish(topic: string, message: Message, { signal }: Abortable = {}): Promise<void> {
    try {
      signal?.throwIfAborted();
      refuseClosed(this.#closed !== undefined);
      requireTopic(topic, "publish");
      if (message.body.length > maxBody)
        throw tooLarge(
          "go.micro.broker",
          `publish "${topic}": ${message.body.length} bytes, limit ${maxBody}`,
        );
      return orAbort(
        this.#backend.send(topic, encodeEnvelope(withoutCredentials(message)), { signal }),
        signal,
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async subscribe(
    topic: string,
    handler: PublicationHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    requireTopic(topic, "subscribe");
    await this.connect(options);
    const envelopeHandler = this.#envelopeHandler(topic, handler, options);
    const receiving = await this.#backend.receive(topic, envelopeHandler, {
      queue: options.queue,
      maxInFlight,
    });
    const subscription = new BackendSubscription(topic, receiving, () =>
      this.#subscriptions.delete(subscription),
    );
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #envelopeHandler(topic: string, handler: PublicationHandler, options: SubscribeOptions): EnvelopeHandler {
    const { ackWait, log = silent } = this.#options;
    const acknowledge = { autoAck: options.autoAck, ackWait };
    const failed = (error: unknown) => log.warn({ err: error, topic }, "message not acknowledged");
    return {
      handle: (envelope) => {
        const handled = this.#deliver(topic, envelope, handler, acknowledge);
        this.#inFlight.add(handled, failed);
        return handled;
      },
      missed: (reason) => options.onGap?.(reason),
    };
  }

  #deliver(
    topic: string,
    envelope: string,
    handler: PublicationHandler,
    options: AcknowledgeOptions,
  ): Promise<void> {
    try {
      return acknowledged(topic, this.#reader.read(envelope), handler, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Ends the subscriptions, waits for their handlers to acknowledge, and disconnects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    await this.#inFlight.idle(closing);
    await this.#backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class BackendSubscription implements Subscription {
  readonly topic: string;
  readonly #receiving: Closeable;
  readonly #leave: () => void;
  #closed: Promise<void> | undefined;

  constructor(topic: string, receiving: Closeable, leave: () => void) {
    this.topic = topic;
    this.#receiving = receiving;
    this.#leave = leave;
  }

  close(): Promise<void> {
    this.#leave();
    this.#closed ??= this.#receiving.close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
