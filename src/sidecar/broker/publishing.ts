import { setMaxListeners } from "node:events";
import type { Broker } from "../../broker/broker.js";
import type { Message } from "../../core/message.js";

/** Milliseconds for all subscribers of a message to acknowledge it. */
const publishTimeout = 35_000;
/** Messages of one socket that may wait to be published. */
const maxWaiting = 100;

/** Publishes `message`. @throws {MicroError} when a subscriber did not take it, or not in time. */
export function publish(broker: Broker, topic: string, message: Message): Promise<void> {
  return broker.publish(topic, message, { signal: deadline() });
}

let current = { signal: AbortSignal.abort(), until: 0 };

/** One signal for all messages of a second: one for each took a third of the time that a message needs. */
function deadline(): AbortSignal {
  const now = performance.now();
  if (now >= current.until) {
    const signal = AbortSignal.timeout(publishTimeout);
    setMaxListeners(0, signal);
    current = { signal, until: now + 1000 };
  }
  return current.signal;
}

/** What is read from while there is room for more. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Does the work of one socket in the order in which it came, and lets the socket wait when that is too much. */
export class InOrder {
  readonly #source: Source;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Runs `work` after all that was given before; it must not reject. */
  run(work: () => Promise<void>): void {
    this.#waiting++;
    if (this.#waiting === maxWaiting) this.#source.pause();
    this.#last = this.#last.then(work).finally(() => {
      this.#waiting--;
      if (this.#waiting === maxWaiting - 1) this.#source.resume();
    });
  }
}
