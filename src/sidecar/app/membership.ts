import type { Closeable } from "../../core/closeable.js";
import type { Log } from "../../core/log.js";
import type { Service } from "../../core/service.js";
import type { Registry } from "../../registry/registry.js";

/** Milliseconds for one word to the registry. */
const wordTimeout = 2000;
/** Milliseconds before the first and the later tries while the registry is away. */
const firstRetry = 100;
const lastRetry = 2000;

/** Keeps an entry in the registry while it is wanted there: registers, renews, tries again, deregisters. */
export class Membership implements Closeable {
  readonly #registry: Registry;
  readonly #service: Service;
  readonly #ttl: number;
  readonly #log: Log;
  #leave: AbortController | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(registry: Registry, service: Service, ttl: number, log: Log) {
    this.#registry = registry;
    this.#service = service;
    this.#ttl = ttl;
    this.#log = log;
  }

  get joined(): boolean {
    return this.#leave !== undefined;
  }

  /** From now on it is in the registry, as soon as that answers. */
  join(): void {
    if (this.#leave) return;
    const leave = new AbortController();
    this.#leave = leave;
    this.#done = this.#done.then(() => this.#stay(leave.signal));
  }

  /** Resolves when it is out of the registry, or the registry does not answer. */
  async leave(): Promise<void> {
    this.#leave?.abort();
    this.#leave = undefined;
    await this.#done;
  }

  close(): Promise<void> {
    return this.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #stay(left: AbortSignal): Promise<void> {
    let retry = 0;
    let told = false;
    while (!left.aborted) {
      const registered = await this.#word((signal) =>
        this.#registry.register(this.#service, { ttl: this.#ttl, signal }),
      );
      if (registered && !told) this.#log.info({ service: this.#service.name }, "application registered");
      told ||= registered;
      retry = registered ? 0 : Math.min(lastRetry, Math.max(firstRetry, retry * 2));
      await pause(registered ? this.#ttl / 3 : retry * (0.5 + Math.random() / 2), left);
    }
    await this.#word((signal) => this.#registry.deregister(this.#service, { signal }));
    this.#log.info({ service: this.#service.name }, "application deregistered");
  }

  async #word(say: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    try {
      await say(AbortSignal.timeout(wordTimeout));
      return true;
    } catch (err) {
      this.#log.warn({ err, service: this.#service.name }, "registry does not take the application");
      return false;
    }
  }
}

/** Resolves after `time` ms, or when `signal` aborts. */
export function pause(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, time);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
