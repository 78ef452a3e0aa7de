/** Milliseconds to wait for the first state. */
const loadTimeout = 2_000;

/** The names that were registered at the start, until the state of each is in: what appears of them is no news. */
export class InitialState {
  /** Resolves once all of it is known, or after two seconds. */
  readonly complete: Promise<void>;
  #expected: Set<string> | undefined;
  #resolve: () => void = () => {};

  constructor() {
    this.complete = new Promise((resolve) => {
      const timer = setTimeout(resolve, loadTimeout);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The names are known. */
  expect(names: readonly string[]): void {
    this.#expected = new Set(names);
    if (names.length === 0) this.#resolve();
  }

  /** While the names are not known, everything may have been there. */
  includes(name: string): boolean {
    return this.#expected === undefined || this.#expected.has(name);
  }

  /** The states of these are in. */
  arrived(names: readonly string[]): void {
    if (names.length === 0) return;
    this.#expected ??= new Set();
    for (const name of names) this.#expected.delete(name);
    if (this.#expected.size === 0) this.#resolve();
  }

  close(): void {
    this.#resolve();
  }
}
