import type { MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { encodeEnvelope } from "../../envelope.js";
import { notAcknowledged } from "../../fan-out.js";

/** How a promise is settled. */
export interface Settle {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** A message that is being published. Settles when all subscribers have answered, or have timed out. */
export class PendingPublication {
  readonly topic: string;
  readonly message: Message;
  readonly signal: AbortSignal | undefined;
  readonly #settle: Settle;
  #asked = 0;
  /** Missing answers, plus 1 until everything is sent. */
  #left = 1;
  #failures: MicroError[] | undefined;
  #envelope: string | undefined;

  constructor(topic: string, message: Message, signal: AbortSignal | undefined, settle: Settle) {
    this.topic = topic;
    this.message = kept(message);
    this.signal = signal;
    this.#settle = settle;
  }

  /** The message as it is posted, encoded once for all subscribers. */
  get envelope(): string {
    this.#envelope ??= encodeEnvelope(this.message, this.topic);
    return this.#envelope;
  }

  /** Expects one answer for `subscribers` together. */
  expect(subscribers: number): void {
    this.#asked += subscribers;
    this.#left++;
  }

  /** Counts one answer. `failures` names the subscribers that did not acknowledge. */
  answered(failures: readonly MicroError[]): void {
    if (failures.length > 0) this.#failures = [...(this.#failures ?? []), ...failures];
    this.#answered();
  }

  /** Call once it was sent to all subscribers. */
  sent(): void {
    this.#answered();
  }

  #answered(): void {
    this.#left--;
    if (this.#left > 0) return;
    if (this.#failures === undefined) this.#settle.resolve();
    else this.#settle.reject(notAcknowledged(this.topic, this.#failures, this.#asked));
  }
}

/** Copies the header unless it is frozen: the publisher may reuse the object for its next message. */
function kept(message: Message): Message {
  return Object.isFrozen(message.header) ? message : { header: { ...message.header }, body: message.body };
}
