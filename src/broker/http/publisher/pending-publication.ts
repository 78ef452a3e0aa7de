import type { MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { encodeEnvelope } from "../../envelope.js";
import { notAcknowledged } from "../../fan-out.js";

/** How a promise is settled. */
export interface Settle {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** One message on its way: through when all whom it was sent to have answered, or have not in time. */
export class PendingPublication {
  readonly topic: string;
  readonly message: Message;
  readonly signal: AbortSignal | undefined;
  readonly #settle: Settle;
  #asked = 0;
  /** Answers that have not come; 1 for the sending itself. */
  #left = 1;
  #failures: MicroError[] | undefined;
  #envelope: string | undefined;

  constructor(topic: string, message: Message, signal: AbortSignal | undefined, settle: Settle) {
    this.topic = topic;
    this.message = kept(message);
    this.signal = signal;
    this.#settle = settle;
  }

  /** The message as it is posted: made once for all. */
  get envelope(): string {
    this.#envelope ??= encodeEnvelope(this.message, this.topic);
    return this.#envelope;
  }

  /** Counts `subscribers` who answer together. */
  expect(subscribers: number): void {
    this.#asked += subscribers;
    this.#left++;
  }

  /** All whom that answer is of are through; `failures` name those that did not acknowledge. */
  answered(failures: readonly MicroError[]): void {
    if (failures.length > 0) this.#failures = [...(this.#failures ?? []), ...failures];
    this.#answered();
  }

  /** It went to everybody. */
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

/** With a header that its publisher cannot change while it waits: the next message may have the same object. */
function kept(message: Message): Message {
  return Object.isFrozen(message.header) ? message : { header: { ...message.header }, body: message.body };
}
