import { formatAddress } from "../core/address.js";
import { type Clock, sleep } from "../core/clock.js";
import type { Closeable } from "../core/closeable.js";
import type { Log } from "../core/log.js";
import type { Node, Service } from "../core/service.js";
import type { Registry } from "../registry/registry.js";

/** Milliseconds: limit of one request to the registry, of the wait after a failure, and of the farewell. */
const requestTimeout = 5000;
const firstRetry = 100;
const longestRetry = 2000;
const farewell = 2000;
/** Milliseconds between two renewals at least: no setting makes us flood the registry. */
const shortestInterval = 50;

export interface RegistrationOptions {
  /** Milliseconds; 0 for an entry that stays until it is removed. */
  readonly ttl: number;
  /** Milliseconds between two renewals, at most a third of the TTL; 0 renews only what the registry lost. */
  readonly interval: number;
  readonly log: Log;
  readonly clock?: Clock;
}

/**
 * Keeps a service in the registry: tries until it is there, renews it, and puts it back at once when the registry
 * lost it or became reachable again, whatever the interval says.
 */
export class Registration implements Closeable {
  readonly #registry: Registry;
  readonly #service: Service;
  readonly #options: RegistrationOptions;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #ended: Promise<unknown> | undefined;
  #registered = false;

  constructor(registry: Registry, service: Service, options: RegistrationOptions) {
    this.#registry = registry;
    this.#service = service;
    this.#options = options;
  }

  /** Resolves after the first try, whether or not the registry answered: a service serves without one. */
  async start(): Promise<void> {
    await this.#register();
    this.#ended = Promise.all([this.#keep(), this.#watch()]);
  }

  /** True once the registry took the service. */
  get registered(): boolean {
    return this.#registered;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#ended;
    if (!this.#registered) return;
    this.#registered = false;
    await this.#registry
      .deregister(this.#service, { signal: AbortSignal.timeout(farewell) })
      .catch((error: unknown) => {
        this.#options.log.warn(
          { err: error, service: this.#service.name },
          "deregistering failed: the entry stays until its TTL",
        );
      });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #keep(): Promise<void> {
    let failures = this.#registered ? 0 : 1;
    while (!this.#stop.signal.aborted) {
      await this.#pause(failures === 0 ? renewalAfter(this.#options) : retryAfter(failures));
      if (this.#stop.signal.aborted) return;
      failures = (await this.#register()) ? 0 : failures + 1;
    }
  }

  async #pause(duration: number): Promise<void> {
    this.#wake = new AbortController();
    await sleep(duration, { signal: this.#wake.signal, clock: this.#options.clock }).catch(() => undefined);
  }

  async #register(): Promise<boolean> {
    const { log, ttl } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(requestTimeout)]);
    try {
      await this.#registry.register(this.#service, { ttl: ttl || undefined, signal });
      if (!this.#registered) log.info({ nodes: this.#service.nodes.map(placeOf) }, "registered");
      this.#registered = true;
      return true;
    } catch (error) {
      if (!this.#stop.signal.aborted)
        log.warn({ err: error, service: this.#service.name }, "registering failed, trying again");
      return false;
    }
  }

  /** Follows the service's own entry; a registry that cannot be watched is asked again after a second. */
  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    let away = false;
    const onReach = (error?: unknown) => {
      if (error === undefined && away) this.#wake.abort();
      away = error !== undefined;
    };
    while (!signal.aborted) {
      try {
        await this.#follow(onReach);
      } catch (error) {
        this.#options.log.debug({ err: error }, "watching the own entry failed");
      }
      await sleep(1000, { signal, clock: this.#options.clock }).catch(() => undefined);
    }
  }

  async #follow(onReach: (error?: unknown) => void): Promise<void> {
    const { name, version } = this.#service;
    const own = new Set(this.#service.nodes.map(({ id }) => id));
    const changes = this.#registry.watch({ service: name, signal: this.#stop.signal, onReach });
    for await (const { action, service } of changes) {
      if (service.version !== version) continue;
      const present = action === "delete" ? [] : service.nodes.filter(({ id }) => own.has(id));
      const lost =
        action === "delete"
          ? service.nodes.some(({ id }) => own.has(id)) || service.nodes.length === 0
          : present.length < own.size;
      if (lost && this.#registered) this.#wake.abort();
    }
  }
}

function placeOf({ id, address, port }: Node): string {
  return `${id} at ${formatAddress({ host: address, port })}`;
}

function renewalAfter({ ttl, interval }: RegistrationOptions): number {
  const within = ttl > 0 ? ttl / 3 : Number.POSITIVE_INFINITY;
  return Math.max(shortestInterval, Math.min(interval || Number.POSITIVE_INFINITY, within));
}

function retryAfter(failures: number): number {
  return Math.max(10, Math.random() * Math.min(longestRetry, firstRetry * 2 ** failures));
}
