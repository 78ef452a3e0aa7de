import { setMaxListeners } from "node:events";
import type { Broker, Publication, SubscribeOptions, Subscription } from "../../broker/broker.js";
import type { Abortable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import type { Message } from "../../core/message.js";

/** Milliseconds for all subscribers of a message to acknowledge it. */
const publishTimeout = 35_000;

/** A broker with a time limit for what is published, and since when it could not be reached. Its owner closes it. */
export class BrokerAvailability implements Broker {
  readonly name: string;
  readonly #broker: Broker;
  #awaySince: number | undefined;
  #deadline = { signal: AbortSignal.abort(), until: 0 };

  constructor(broker: Broker) {
    this.#broker = broker;
    this.name = broker.name;
  }

  get address(): string {
    return this.#broker.address;
  }

  /** Milliseconds since the first of the attempts that all failed; 0 when the last did not. */
  get awayFor(): number {
    return this.#awaySince === undefined ? 0 : performance.now() - this.#awaySince;
  }

  connect(options?: Abortable): Promise<void> {
    return this.#noting(this.#broker.connect(options));
  }

  publish(
    topic: string,
    message: Message,
    { signal = this.#timeoutSignal() }: Abortable = {},
  ): Promise<void> {
    return this.#noting(this.#broker.publish(topic, message, { signal }));
  }

  subscribe(
    topic: string,
    handler: (publication: Publication) => Promise<void>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    return this.#noting(this.#broker.subscribe(topic, handler, options));
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One signal for all messages of a second: one for each took a third of the time that a message needs. */
  #timeoutSignal(): AbortSignal {
    const now = performance.now();
    if (now < this.#deadline.until) return this.#deadline.signal;
    const signal = AbortSignal.timeout(publishTimeout);
    setMaxListeners(0, signal);
    this.#deadline = { signal, until: now + 1000 };
    return signal;
  }

  async #noting<T>(attempt: Promise<T>): Promise<T> {
    try {
      const result = await attempt;
      this.#awaySince = undefined;
      return result;
    } catch (error) {
      if (isAway(error)) this.#awaySince ??= performance.now();
      throw error;
    }
  }
}

/** The `http` broker finds subscribers in the registry. */
function isAway(error: unknown): boolean {
  return (
    MicroError.is(error) && (error.reason === "BROKER_UNREACHABLE" || error.reason === "REGISTRY_UNREACHABLE")
  );
}
