/** Milliseconds to wait for the initial state. */
const loadTimeout = 2_000;

/** The services registered at the start, until the state of each has arrived. Their appearance is not a change. */
export class InitialState {
  /** Resolves once all states have arrived, or after two seconds. */
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

  /** Sets the names of the registered services. */
  expect(names: readonly string[]): void {
    this.#expected = new Set(names);
    if (names.length === 0) this.#resolve();
  }

  /** True for a service that was registered at the start. True for all until the names are known. */
  includes(name: string): boolean {
    return this.#expected === undefined || this.#expected.has(name);
  }

  /** The states of these services have arrived. */
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
