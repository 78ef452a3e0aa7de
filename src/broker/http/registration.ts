import { setTimeout as delay } from "node:timers/promises";
import type { Closeable } from "../../core/closeable.js";
import type { Log } from "../../core/log.js";
import type { Service } from "../../core/service.js";
import type { Registry } from "../../registry/registry.js";

export interface RegistrationOptions {
  /** Milliseconds after which a subscriber that is not renewed is no longer sent to. Default 30,000. */
  readonly ttl?: number;
  /** Milliseconds between renewals. Default 10,000. */
  readonly interval?: number;
  readonly log: Log;
}

/** Keeps one subscriber in the registry, also over an outage, until closed. */
export class Registration implements Closeable {
  readonly #registry: Registry;
  readonly #service: Service;
  readonly #options: RegistrationOptions;
  readonly #closed = new AbortController();
  #renewing: Promise<void> = Promise.resolve();

  constructor(registry: Registry, service: Service, options: RegistrationOptions) {
    this.#registry = registry;
    this.#service = service;
    this.#options = options;
  }

  /** Resolves once registered. @throws {MicroError} 503 when the registry does not answer. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.#register(signal);
    this.#renewing = this.#renew();
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
      await delay(wait, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
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
    if (this.#closed.signal.aborted) return this.#renewing;
    this.#closed.abort();
    await this.#renewing;
    const signal = AbortSignal.timeout(2000);
    await this.#registry.deregister(this.#service, { signal }).catch((error: unknown) => {
      this.#options.log.warn({ err: error, service: this.#service.name }, "subscriber not deregistered");
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
