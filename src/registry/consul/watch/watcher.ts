import type { Service } from "../../../core/service.js";
import { Snapshot } from "../../catalog/snapshot.js";
import type { Change, WatchOptions } from "../../registry.js";
import { healthy } from "../../wire/group-by-version.js";

/** One caller's watch. Passes on only what has changed for it. */
export class Watcher {
  readonly #options: WatchOptions;
  readonly #push: (change: Change) => void;
  readonly #snapshot = new Snapshot();
  #away = false;

  constructor(options: WatchOptions, push: (change: Change) => void) {
    this.#options = options;
    this.#push = push;
  }

  /** Applies a read of all versions of `name`. If `doubtful`, nodes missing here may still be alive. */
  update(name: string, services: readonly Service[], doubtful: boolean): void {
    const shown = this.#options.unhealthy ? services : healthy(services);
    for (const change of this.#snapshot.replace(name, shown))
      this.#push(doubtful ? { ...change, doubtful } : change);
  }

  /** Called when the registry answers, or with the error when it does not. */
  reached(error?: unknown): void {
    const away = error !== undefined;
    if (away === this.#away) return;
    this.#away = away;
    this.#options.onReach?.(error);
  }
}
