/** An unbounded queue with asynchronous readers. */
export class Queue<T> {
  readonly #items: T[] = [];
  #waiting: (() => void)[] = [];
  #end: { readonly error: unknown } | undefined;

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#end) return;
    this.#items.push(item);
    this.#wake();
  }

  /** Ends the queue: readers get the remaining items, then the end or `error`. */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Drops all items. */
  clear(): void {
    this.#items.length = 0;
  }

  /** The next item, if there is one. */
  shift(): T | undefined {
    return this.#items.shift();
  }

  /** Waits for the next item. Undefined at the end. @throws The error that the queue was ended with. */
  async next(): Promise<T | undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return item;
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
