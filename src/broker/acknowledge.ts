import { timeout } from "../core/errors.js";
import type { Message } from "../core/message.js";
import { type Scheduled, systemClock } from "../core/time/clock.js";
import { DeadlineSweeper } from "../transport/deadline-sweeper.js";
import type { Publication, SubscribeOptions } from "./broker.js";

/** Handles a message of a subscription. */
export type PublicationHandler = (publication: Publication) => Promise<void>;

export interface AcknowledgeOptions extends Pick<SubscribeOptions, "autoAck"> {
  /** Milliseconds after which a missing `ack` counts as a refusal. Default 30,000. */
  readonly ackWait?: number;
}

/** Default milliseconds that `publish` of `http` and `memory` gives one subscriber to acknowledge. */
export const publishTimeout = 5000;

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
    this.#timer = systemClock.schedule(ackWait, () => this.refuse(timeout("go.micro.broker", late)));
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

/** An acknowledgement that is awaited. */
interface Awaited {
  readonly expires: number;
  readonly late: () => void;
}

/**
 * The time limit for subscribers in the publisher's own process. One sweep serves all, because a timer each costs 1 µs.
 */
export class PublishDeadline {
  readonly #timeout: number;
  readonly #awaited = new Set<Awaited>();
  readonly #sweep: DeadlineSweeper<Awaited>;

  /** `timeout` is in milliseconds. */
  constructor(timeout: number = publishTimeout) {
    this.#timeout = timeout;
    const awaited = this.#awaited;
    const calls = {
      get size() {
        return awaited.size;
      },
      all: () => awaited,
    };
    this.#sweep = new DeadlineSweeper(calls, ({ late }) => late());
  }

  /**
   * Settles as `acknowledged` does.
   * @throws the result of `toError` for its error. {MicroError} 408 if it takes longer: the handler may still be
   * running.
   */
  within(acknowledged: Promise<void>, toError: (error: unknown) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const expires = performance.now() + this.#timeout;
      const late = () => {
        this.#awaited.delete(waiting);
        const detail = `not acknowledged in ${this.#timeout}ms`;
        reject(timeout("go.micro.broker", detail, { executed: "unknown" }));
      };
      const waiting: Awaited = { expires, late };
      this.#awaited.add(waiting);
      this.#sweep.note(expires);
      acknowledged.then(
        () => {
          this.#awaited.delete(waiting);
          resolve();
        },
        (error: unknown) => {
          this.#awaited.delete(waiting);
          reject(toError(error));
        },
      );
    });
  }
}
