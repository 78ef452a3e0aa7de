import { timeout } from "../core/errors.js";
import type { Message } from "../core/message.js";
import { type Scheduled, systemClock } from "../core/time/clock.js";
import type { Publication, SubscribeOptions } from "./broker.js";

/** Handles a message of a subscription. */
export type PublicationHandler = (publication: Publication) => Promise<void>;

export interface AcknowledgeOptions extends Pick<SubscribeOptions, "autoAck"> {
  /** Milliseconds after which a missing `ack` counts as a refusal. Default 30,000. */
  readonly ackWait?: number;
}

/** Default of `ackWait` in milliseconds. Brokers that store messages deliver an unacknowledged one again after it. */
export const defaultAckWait = 30_000;

/**
 * Runs `handler`. Resolves when it has acknowledged: by resolving, or by `ack` under `autoAck: false`.
 * @throws what the handler throws. {MicroError} 408 if no `ack` came in time.
 */
export function acknowledged(
  topic: string,
  message: Message,
  handler: PublicationHandler,
  { autoAck = true, ackWait = defaultAckWait }: AcknowledgeOptions = {},
): Promise<void> {
  if (autoAck) return handled(handler, { topic, message, ack: alreadyAutomatic });
  const waiting = new AckWait(topic, ackWait);
  handled(handler, { topic, message, ack: waiting.ack }).catch(waiting.refuse);
  return waiting.acknowledged;
}

/** Returns the handler's own promise: each further promise costs 0.1 µs per message and subscriber. */
function handled(handler: PublicationHandler, publication: Publication): Promise<void> {
  try {
    // A handler written in JavaScript may return something other than a promise.
    return Promise.resolve(handler(publication));
  } catch (error) {
    return Promise.reject(error);
  }
}

async function alreadyAutomatic(): Promise<void> {}

/** Waits for one `ack`. */
class AckWait {
  readonly acknowledged: Promise<void>;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  readonly #timer: Scheduled;

  constructor(topic: string, ackWait: number) {
    this.acknowledged = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const late = `message of topic "${topic}": not acknowledged in ${ackWait}ms`;
    const refuse = () => this.refuse(timeout("go.micro.broker", late));
    this.#timer = systemClock.schedule(ackWait, refuse, { ref: false });
  }

  readonly ack = async (): Promise<void> => {
    this.#timer.cancel();
    this.#settle?.resolve();
  };

  readonly refuse = (error: unknown): void => {
    this.#timer.cancel();
    this.#settle?.reject(error);
  };
}
