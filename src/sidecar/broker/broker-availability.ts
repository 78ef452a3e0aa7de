import { setMaxListeners } from "node:events";
import type { Broker, Publication, SubscribeOptions, Subscription } from "../../broker/broker.js";
import type { Abortable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import type { Message } from "../../core/message.js";

/** Milliseconds for all subscribers of a message to acknowledge it. */
const publishTimeout = 35_000;

/** Wraps a broker with a timeout for publishing, and tracks whether it is reachable. The owner closes the broker. */
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

  /** Milliseconds since the broker became unreachable. 0 if the last attempt succeeded. */
  get awayFor(): number {
    return this.#awaySince === undefined ? 0 : performance.now() - this.#awaySince;
  }

  connect(options?: Abortable): Promise<void> {
    return this.#track(this.#broker.connect(options));
  }

  publish(
    topic: string,
    message: Message,
    { signal = this.#timeoutSignal() }: Abortable = {},
  ): Promise<void> {
    return this.#track(this.#broker.publish(topic, message, { signal }));
  }

  subscribe(
    topic: string,
    handler: (publication: Publication) => Promise<void>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    return this.#track(this.#broker.subscribe(topic, handler, options));
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One signal for all messages of a second. A signal per message took a third of its time. */
  #timeoutSignal(): AbortSignal {
    const now = performance.now();
    if (now < this.#deadline.until) return this.#deadline.signal;
    const signal = AbortSignal.timeout(publishTimeout);
    setMaxListeners(0, signal);
    this.#deadline = { signal, until: now + 1000 };
    return signal;
  }

  async #track<T>(attempt: Promise<T>): Promise<T> {
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

/** True if the broker is unreachable, or the registry, in which the `http` broker finds subscribers. */
function isAway(error: unknown): boolean {
  return (
    MicroError.is(error) && (error.reason === "BROKER_UNREACHABLE" || error.reason === "REGISTRY_UNREACHABLE")
  );
}
