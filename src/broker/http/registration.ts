import { sleep } from "../../core/clock.js";
import type { Closeable } from "../../core/closeable.js";
import type { Log } from "../../core/log.js";
import type { Service } from "../../core/service.js";
import type { Registry } from "../../registry/registry.js";
import { watchPresence } from "./presence.js";

export interface RegistrationOptions {
  /** Milliseconds after which a subscriber that is not renewed is no longer sent to. Default 30,000. */
  readonly ttl?: number;
  /** Milliseconds between renewals. Default 10,000. */
  readonly interval?: number;
  readonly log: Log;
}

/** Milliseconds to see the own entry through a watch, as publishers do, before it counts as in force anyway. */
const seenWithin = 1000;

/** Keeps one subscriber in the registry, also over an outage, until closed. */
export class Registration implements Closeable {
  readonly #registry: Registry;
  readonly #service: Service;
  readonly #options: RegistrationOptions;
  readonly #closed = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #present = false;
  #noticed = () => {};
  /** Ends the wait for the next renewal. */
  #wake = new AbortController();

  constructor(registry: Registry, service: Service, options: RegistrationOptions) {
    this.#registry = registry;
    this.#service = service;
    this.#options = options;
  }

  /** Resolves once registered, and visible to who watches. @throws {MicroError} 503 when the registry is away. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.#register(signal);
    const seen = new Promise<void>((resolve) => {
      this.#noticed = resolve;
    });
    const presence = watchPresence(this.#registry, this.#service, {
      signal: this.#closed.signal,
      seen: () => this.#seen(),
      doubted: () => this.#doubted(),
    });
    this.#running = Promise.all([presence, this.#renew()]);
    const enough = new AbortController();
    await Promise.race([seen, sleep(seenWithin, { signal: enough.signal }).catch(() => undefined)]);
    enough.abort();
  }

  #seen(): void {
    this.#present = true;
    this.#noticed();
  }

  /** Registers at once, not only after the interval. */
  #doubted(): void {
    if (this.#present) this.#wake.abort();
    this.#present = false;
  }

  #register(signal?: AbortSignal): Promise<void> {
    return this.#registry.register(this.#service, { ttl: this.#options.ttl ?? 30_000, signal });
  }

  async #renew(): Promise<void> {
    const { interval = 10_000 } = this.#options;
    const { signal } = this.#closed;
    let failures = 0;
    while (!signal.aborted) {
      const wait = failures === 0 ? interval : Math.random() * Math.min(2000, 100 * 2 ** failures);
      const woken = AbortSignal.any([signal, this.#wake.signal]);
      await sleep(wait, { signal: woken, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      this.#wake = new AbortController();
      failures = await this.#register(signal).then(
        () => 0,
        (error: unknown) => this.#failed(error, failures),
      );
    }
  }

  #failed(error: unknown, failures: number): number {
    if (failures === 0 && !this.#closed.signal.aborted)
      this.#options.log.warn({ err: error, service: this.#service.name }, "subscriber not renewed");
    return Math.min(failures + 1, 10);
  }

  /** Takes the subscriber out of the registry. */
  async close(): Promise<void> {
    if (!this.#closed.signal.aborted) {
      this.#closed.abort();
      await this.#running;
      await this.#deregister();
    }
  }

  async #deregister(): Promise<void> {
    try {
      await this.#registry.deregister(this.#service, { signal: AbortSignal.timeout(2000) });
    } catch (error) {
      this.#options.log.warn({ err: error, service: this.#service.name }, "subscriber not deregistered");
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
