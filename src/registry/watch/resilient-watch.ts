import type { Log } from "../../core/log/log.js";
import { backOff } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";
import type { Change, Registry } from "../registry.js";

/** Milliseconds before a watch that ended is begun again. */
const retry = { least: 100, most: 2000 };

export interface WatchingOptions {
  /** The one service to watch; without it, all. */
  readonly service?: string;
  readonly log: Log;
  readonly change: (change: Change) => void;
  /** Hears that the registry stopped answering, with the error, or answers again. */
  readonly reach: (error?: unknown) => void;
}

/** A watch that is kept up until it is stopped, also when the registry's own ends or throws. */
export class ResilientWatch {
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
  readonly #registry: Registry;
  readonly #options: WatchingOptions;
  readonly #stop = new AbortController();

  constructor(registry: Registry, options: WatchingOptions) {
    this.#registry = registry;
    this.#options = options;
    this.ended = this.#run();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 1; !signal.aborted; failures++) {
      const changes = await this.#watch(signal);
      if (changes > 0) failures = 1;
      await sleep(backOff(failures, retry), { signal }).catch(() => {});
    }
  }

  /** Watches once, and returns how many changes there were. */
  async #watch(signal: AbortSignal): Promise<number> {
    const { service, log, change, reach } = this.#options;
    let changes = 0;
    try {
      const onReach = (error?: unknown) => this.#stop.signal.aborted || reach(error);
      const changed = (one: Change) => {
        if (changes === 0) reach();
        changes += 1;
        change(one);
      };
      for await (const one of this.#registry.watch({ service, unhealthy: true, signal, onReach }))
        changed(one);
    } catch (error) {
      log.warn({ err: error, service }, "watch of the registry ended");
      if (!signal.aborted) reach(error);
    }
    return changes;
  }
}
