import type { Message, MessageStream } from "./transport.js";

/** Converts a message to a value, or to the end of the stream. */
export type ReadMessage<T> = (message: Message) => IteratorResult<T> | Promise<IteratorResult<T>>;

const done: IteratorResult<never> = { done: true, value: undefined };

/**
 * Iterates over a stream's messages as values. A message that cannot be read closes the stream and throws. Written by
 * hand: an async generator makes six promises per message, this class one or two.
 */
export class StreamReader<T> implements AsyncIterableIterator<T> {
  readonly #stream: MessageStream;
  readonly #messages: AsyncIterator<Message>;
  readonly #read: ReadMessage<T>;
  #left = false;

  constructor(stream: MessageStream, read: ReadMessage<T>) {
    this.#stream = stream;
    this.#messages = stream[Symbol.asyncIterator]();
    this.#read = read;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#left) return Promise.resolve(done);
    const message = this.#stream.take?.();
    if (message === undefined) return this.#messages.next().then(this.#onMessage);
    try {
      return Promise.resolve(this.#valueOf(message));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  readonly #onMessage = (result: IteratorResult<Message>) =>
    result.done ? done : this.#valueOf(result.value);

  #valueOf(message: Message): IteratorResult<T> | Promise<IteratorResult<T>> {
    try {
      const result = this.#read(message);
      if (result instanceof Promise) return this.#checked(result);
      if (result.done) this.#leave();
      return result;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async #checked(reading: Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
    try {
      return await reading;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  #leave(): void {
    this.return().catch(() => undefined);
  }

  async return(): Promise<IteratorResult<T>> {
    this.#left = true;
    await this.#messages.return?.();
    return done;
  }
}
