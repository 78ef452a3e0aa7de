import { notExecuted } from "../codec/rpc/exchange.js";
import type { Abortable } from "../core/closeable.js";
import { headerEntry, type Message } from "../core/message.js";
import type { Inbound, MessageStream, TransportHandler } from "./transport.js";

/** Calls beyond the limit that `Debug` alone may have: health and statistics stay reachable under overload. */
const spare = 16;

/** Why a call is not taken. */
export interface LimitRefusal {
  readonly why: string;
  readonly reason: "OVERLOADED" | "NODE_UNREACHABLE";
}

const leaving: LimitRefusal = { why: "draining", reason: "NODE_UNREACHABLE" };

/** Counts what is under way behind a listener, and refuses what it takes no more as not executed. */
export class ConcurrencyLimit implements TransportHandler {
  readonly #handler: TransportHandler;
  readonly #limit: number;
  readonly #full: LimitRefusal;
  #underWay = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  constructor(handler: TransportHandler, limit: number) {
    this.#handler = handler;
    this.#limit = limit;
    this.#full = { why: `${limit} calls under way`, reason: "OVERLOADED" };
  }

  /** True once nothing more is taken. */
  get draining(): boolean {
    return this.#draining;
  }

  /** False while nothing more is taken: then `call` refuses it. */
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
    this.#underWay++;
    try {
      await this.#handler.stream(opening, stream, inbound);
    } finally {
      this.leave();
    }
  }

  /** Counts a call in until `leave`, or says why it is refused: for a wire that refuses in its own words. */
  enter(message: Message): LimitRefusal | undefined {
    const refusal = this.#refusal(message);
    if (refusal === undefined) this.#underWay++;
    return refusal;
  }

  /** Takes no more, and resolves when what is under way is through, or the signal aborts. */
  async drain({ signal }: Abortable = {}): Promise<void> {
    this.#draining = true;
    if (this.#underWay === 0 || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #refusal(message: Message): LimitRefusal | undefined {
    if (this.#draining) return leaving;
    if (this.#underWay < this.#limit) return undefined;
    const spared = headerEntry(message, "Micro-Method")?.startsWith("Debug.") ? spare : 0;
    return this.#underWay >= this.#limit + spared ? this.#full : undefined;
  }

  readonly #left = (): void => this.leave();

  leave(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#onIdle?.();
  }
}
