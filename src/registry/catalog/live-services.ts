import { LRUCache } from "lru-cache";
import type { Log } from "../../core/log/log.js";
import type { PresenceProbe } from "../presence-probe.js";
import type { Registry } from "../registry.js";
import { everything, Outage } from "../watch/outage.js";
import { ResilientWatch } from "../watch/resilient-watch.js";
import { LiveService } from "./live-service.js";

export interface LiveServicesOptions {
  readonly probe: PresenceProbe;
  /** Milliseconds for which a node that vanished from the registry is held. */
  readonly hold: number;
  readonly size: number;
  readonly log: Log;
  /** Called when a service is added to the catalog (`kept`), or dropped from it. */
  readonly kept: (name: string, kept: boolean) => void;
  /** Called when a service has another list of versions. */
  readonly published: (live: LiveService) => void;
}

interface Held {
  readonly service: LiveService;
  /** Its own watch. Undefined while one watch covers all services. */
  watching: ResilientWatch | undefined;
}

/** The services that are followed: each by its own watch, or all by one. */
export class LiveServices {
  readonly away = new Outage();
  readonly #registry: Registry;
  readonly #options: LiveServicesOptions;
  readonly #held: LRUCache<string, Held>;
  /** Watches that have been stopped but may still be running. */
  readonly #ending = new Set<Promise<void>>();
  #everything: ResilientWatch | undefined;

  constructor(registry: Registry, options: LiveServicesOptions) {
    this.#registry = registry;
    this.#options = options;
    this.#held = new LRUCache({ max: options.size, dispose: (held, name) => this.#forget(name, held) });
  }

  get size(): number {
    return this.#held.size;
  }

  get(name: string): LiveService | undefined {
    return this.#held.get(name)?.service;
  }

  /** Like `get`, but does not count as a use. */
  peek(name: string): LiveService | undefined {
    return this.#held.peek(name)?.service;
  }

  all(): LiveService[] {
    return [...this.#held.values()].map(({ service }) => service);
  }

  /** Returns the live copy of `name`, and follows it from now on. */
  follow(name: string): LiveService {
    const known = this.get(name);
    if (known !== undefined) return known;
    const { probe, hold, published } = this.#options;
    const service = new LiveService(name, { probe, hold, published });
    this.#held.set(name, {
      service,
      watching: this.#everything === undefined ? this.#watch(service) : undefined,
    });
    this.#options.kept(name, true);
    return service;
  }

  /** Follows every service by one watch, in place of those of single services. */
  followEverything(): void {
    if (this.#everything !== undefined) return;
    this.#everything = new ResilientWatch(this.#registry, {
      log: this.#options.log,
      change: (change) => this.follow(change.service.name).change(change),
      reach: (error) => this.away.report(everything, error),
    });
    for (const [name, held] of this.#held.entries()) {
      this.#end(name, held.watching);
      held.watching = undefined;
    }
  }

  async close(): Promise<void> {
    this.#held.clear();
    this.#end(everything, this.#everything);
    await Promise.all(this.#ending);
  }

  #watch(service: LiveService): ResilientWatch {
    return new ResilientWatch(this.#registry, {
      service: service.name,
      log: this.#options.log,
      change: (change) => service.change(change),
      reach: (error) => this.away.report(service.name, error),
    });
  }

  #forget(name: string, { service, watching }: Held): void {
    service.close();
    this.#end(name, watching);
    this.#options.kept(name, false);
  }

  #end(name: string, watching: ResilientWatch | undefined): void {
    this.away.report(name);
    if (watching === undefined) return;
    watching.stop();
    const ended: Promise<void> = watching.ended.finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
