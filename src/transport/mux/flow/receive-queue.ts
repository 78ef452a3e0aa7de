import type { Message } from "../../../core/message.js";

interface Entry {
  readonly message: Message;
  /** Credit that it gives back once it is read. */
  readonly cost: number;
}

interface Reader {
  resolve(result: IteratorResult<Message>): void;
  reject(reason: unknown): void;
}

const done: IteratorResult<Message> = { done: true, value: undefined };

/** Messages of a stream that came and were not read, or readers that came before their message. */
export class ReceiveQueue {
  /** Told what a message had cost, once it is read or dropped. */
  readonly #onGone: (cost: number) => void;
  #entries: Entry[] = [];
  #next = 0;
  readonly #readers: Reader[] = [];
  #ended = false;
  #failure: unknown;

  constructor(onGone: (cost: number) => void) {
    this.#onGone = onGone;
  }

  push(message: Message, cost: number): void {
    const reader = this.#readers.shift();
    if (!reader && !this.#ended) {
      this.#entries.push({ message, cost });
      return;
    }
    this.#onGone(cost);
    reader?.resolve({ done: false, value: message });
  }

  /** The next message, if it is there already. */
  take(): Message | undefined {
    const entry = this.#entries[this.#next];
    if (entry === undefined) return undefined;
    this.#next++;
    if (this.#next === this.#entries.length) {
      this.#entries = [];
      this.#next = 0;
    }
    this.#onGone(entry.cost);
    return entry.message;
  }

  next(): Promise<IteratorResult<Message>> {
    const value = this.take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** No more comes. What is there is still read; after it comes the end, or the failure. */
  end(failure?: unknown): void {
    this.#ended = true;
    if (failure !== undefined) this.#failure = failure;
    for (const reader of this.#readers.splice(0)) {
      if (this.#failure !== undefined) reader.reject(this.#failure);
      else reader.resolve(done);
    }
  }

  /** Nobody reads any more: drops what is there, and what still comes. */
  leave(): void {
    this.end();
    const left = this.#entries.slice(this.#next);
    this.#entries = [];
    this.#next = 0;
    for (const { cost } of left) this.#onGone(cost);
  }
}
