import { notExecuted } from "../codec/rpc/rpc.js";
import type { Abortable } from "../core/closeable.js";
import { headerEntry, type Message } from "../core/message.js";
import type { Inbound, MessageStream, TransportHandler } from "./transport.js";

/** Calls beyond the limit reserved for `Debug`, so that health and statistics stay reachable under overload. */
const spare = 16;

/** Why a call was refused. */
export interface LimitRefusal {
  readonly why: string;
  readonly reason: "OVERLOADED" | "NODE_UNREACHABLE";
}

const leaving: LimitRefusal = { why: "draining", reason: "NODE_UNREACHABLE" };

/** Counts the calls and streams in flight behind a listener. Refuses new ones, not executed, when full or draining. */
export class ConcurrencyLimit implements TransportHandler {
  readonly #handler: TransportHandler;
  readonly #limit: number;
  readonly #full: LimitRefusal;
  #inFlight = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  constructor(handler: TransportHandler, limit: number) {
    this.#handler = handler;
    this.#limit = limit;
    this.#full = { why: `${limit} calls in flight`, reason: "OVERLOADED" };
  }

  /** True once new work is refused. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Also false when full or draining: `call` then refuses the message. */
  opensStream(message: Message): boolean {
    return this.#refusal(message) === undefined && this.#handler.opensStream(message);
  }

  call(message: Message, inbound: Inbound): Promise<Message> {
    const refusal = this.enter(message);
    if (refusal) return Promise.resolve(notExecuted(message, refusal.why, refusal.reason));
    const answered = this.#handler.call(message, inbound);
    answered.then(this.#left, this.#left);
    return answered;
  }

  async stream(opening: Message, stream: MessageStream, inbound: Inbound): Promise<void> {
    this.#inFlight++;
    try {
      await this.#handler.stream(opening, stream, inbound);
    } finally {
      this.leave();
    }
  }

  /** Counts a call until `leave`, or returns why it is refused. For transports that write the refusal themselves. */
  enter(message: Message): LimitRefusal | undefined {
    const refusal = this.#refusal(message);
    if (refusal === undefined) this.#inFlight++;
    return refusal;
  }

  /** Refuses new work. Resolves when the work in flight is done, or the signal aborts. */
  async drain({ signal }: Abortable = {}): Promise<void> {
    this.#draining = true;
    if (this.#inFlight === 0 || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #refusal(message: Message): LimitRefusal | undefined {
    if (this.#draining) return leaving;
    if (this.#inFlight < this.#limit) return undefined;
    const spared = headerEntry(message, "Micro-Method")?.startsWith("Debug.") ? spare : 0;
    return this.#inFlight >= this.#limit + spared ? this.#full : undefined;
  }

  readonly #left = (): void => this.leave();

  leave(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#onIdle?.();
  }
}
