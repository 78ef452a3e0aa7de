import type { Log } from "../../core/log/log.js";
import { backOff } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";
import type { Change, Registry } from "../registry.js";

/** Back-off in milliseconds before a watch that ended is restarted. */
const retry = { least: 100, most: 2000 };

export interface WatchingOptions {
  /** The one service to watch. Default: all. */
  readonly service?: string;
  readonly log: Log;
  readonly change: (change: Change) => void;
  /** Called with the error when the registry stops answering, and without one when it answers again. */
  readonly reach: (error?: unknown) => void;
}

/** A watch that runs until it is stopped, also if that of the registry ends or throws. */
export class ResilientWatch {
  /** Resolves once it has stopped. */
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

  /** Watches once. Returns the number of changes. */
  async #watch(signal: AbortSignal): Promise<number> {
    const { service, log, change, reach } = this.#options;
    let changes = 0;
    try {
      const onReach = (error?: unknown) => this.#stop.signal.aborted || reach(error);
      for await (const received of this.#registry.watch({ service, unhealthy: true, signal, onReach })) {
        if (changes === 0) reach();
        changes += 1;
        change(received);
      }
    } catch (error) {
      log.warn({ err: error, service }, "watch of the registry ended");
      if (!signal.aborted) reach(error);
    }
    return changes;
  }
}
