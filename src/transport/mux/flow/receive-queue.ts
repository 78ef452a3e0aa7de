import type { Message } from "../../../core/message.js";

interface Entry {
  readonly message: Message;
  /** Credit to return once it is read. */
  readonly cost: number;
}

interface Reader {
  resolve(result: IteratorResult<Message>): void;
  reject(reason: unknown): void;
}

const done: IteratorResult<Message> = { done: true, value: undefined };

/** The unread messages of a stream, or the readers that wait for one. */
export class ReceiveQueue {
  /** Called with the cost of each message that was read or dropped. */
  readonly #onConsumed: (cost: number) => void;
  #entries: Entry[] = [];
  #next = 0;
  readonly #readers: Reader[] = [];
  #ended = false;
  #failure: unknown;

  constructor(onConsumed: (cost: number) => void) {
    this.#onConsumed = onConsumed;
  }

  push(message: Message, cost: number): void {
    const reader = this.#readers.shift();
    if (!reader && !this.#ended) {
      this.#entries.push({ message, cost });
      return;
    }
    this.#onConsumed(cost);
    reader?.resolve({ done: false, value: message });
  }

  /** The next message, if it has arrived. */
  take(): Message | undefined {
    const entry = this.#entries[this.#next];
    if (entry === undefined) return undefined;
    this.#next++;
    if (this.#next === this.#entries.length) {
      this.#entries = [];
      this.#next = 0;
    }
    this.#onConsumed(entry.cost);
    return entry.message;
  }

  next(): Promise<IteratorResult<Message>> {
    const value = this.take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Ends the queue: readers get the remaining messages, then the end or the failure. */
  end(failure?: unknown): void {
    this.#ended = true;
    if (failure !== undefined) this.#failure = failure;
    for (const reader of this.#readers.splice(0)) {
      if (this.#failure !== undefined) reader.reject(this.#failure);
      else reader.resolve(done);
    }
  }

  /** The reader is gone: drops all messages, present and future. */
  leave(): void {
    this.end();
    const left = this.#entries.slice(this.#next);
    this.#entries = [];
    this.#next = 0;
    for (const { cost } of left) this.#onConsumed(cost);
  }
}
