import type { Log } from "../../core/log/log.js";
import type { Service } from "../../core/service.js";
import { sleep } from "../../core/time/clock.js";
import type { Change, Registry } from "../registry.js";

/** Milliseconds before a watch that ended is restarted. */
const pause = 1000;

export interface EntryWatchOptions {
  readonly service: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Called with all versions of the service. If `doubtful`, nodes missing here may still be alive. */
  readonly changed: (versions: readonly Service[], doubtful: boolean) => void;
  /** Called when the registry answers again. Changes in the meantime are unknown. */
  readonly returned: () => void;
}

/** Follows every version of one service until the signal aborts, across failures of the registry. */
export async function watchEntries(registry: Registry, options: EntryWatchOptions): Promise<void> {
  const { signal, log, service, returned } = options;
  let away = false;
  const onReach = (error?: unknown) => {
    if (away && error === undefined) returned();
    away = error !== undefined;
  };
  while (!signal.aborted) {
    const readings = new Readings(options);
    try {
      for await (const change of registry.watch({ service, unhealthy: true, signal, onReach })) {
        onReach();
        readings.add(change);
      }
    } catch (error) {
      log.debug({ err: error, service }, "the watch of this service's entry ended");
      onReach(error);
    }
    readings.close();
    await sleep(pause, { signal, ref: false }).catch(() => undefined);
  }
}

/** Merges the changes that come from one read of the registry. */
class Readings {
  readonly #options: EntryWatchOptions;
  readonly #versions = new Map<string, Service>();
  #settling: NodeJS.Immediate | undefined;
  #doubtful = false;

  constructor(options: EntryWatchOptions) {
    this.#options = options;
  }

  add({ action, service, doubtful = false }: Change): void {
    if (action === "delete") this.#versions.delete(service.version);
    else this.#versions.set(service.version, service);
    this.#doubtful ||= doubtful;
    this.#settling ??= setImmediate(() => this.#settle());
  }

  #settle(): void {
    this.#settling = undefined;
    this.#options.changed([...this.#versions.values()], this.#doubtful);
    this.#doubtful = false;
  }

  close(): void {
    clearImmediate(this.#settling);
  }
}
