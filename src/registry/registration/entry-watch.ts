import type { Log } from "../../core/log/log.js";
import type { Service } from "../../core/service.js";
import { sleep } from "../../core/time/clock.js";
import type { Change, Registry } from "../registry.js";

/** Milliseconds before a watch that ended is begun again. */
const pause = 1000;

export interface EntryWatchOptions {
  readonly service: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Takes all versions of the service; a doubtful reading may lack nodes that are alive. */
  readonly changed: (versions: readonly Service[], doubtful: boolean) => void;
  /** The registry answers again: what happened meanwhile is not known. */
  readonly returned: () => void;
}

/** Follows every version of one service, whatever happens to the registry, until the signal aborts. */
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
      log.debug({ err: error, service }, "the watch of the own entry ended");
      onReach(error);
    }
    readings.close();
    await sleep(pause, { signal, ref: false }).catch(() => undefined);
  }
}

/** Puts changes together again that come from one reading of the registry. */
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
