import { isDeepStrictEqual } from "node:util";
import { MicroError } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import type { Node, Service } from "../core/service.js";
import { sleep } from "../core/time/clock.js";
import { compareEntry } from "../registry/registration/compare-entry.js";
import { watchEntries } from "../registry/registration/entry-watch.js";
import type { Registry } from "../registry/registry.js";
import { withRequestTimeout } from "../registry/with-request-timeout.js";

/** Milliseconds that putting an entry back may take, and before it is tried again, or a removed one is forgotten. */
const limit = 5000;
const pause = 1000;

export interface PermanentServiceOptions {
  readonly registry: Registry;
  readonly log: Log;
  /** Makes one change of the service in the registry after the other. */
  readonly inTurn: (change: () => Promise<boolean>) => Promise<boolean>;
  /** Hears that no entry is left. */
  readonly empty: () => void;
}

interface Entry {
  /** The service with one node. */
  readonly service: Service;
  /** The registry had it: if it is missing there, somebody removed it. */
  seen: boolean;
  /** It is missing there, and no loss: it was removed, unless it comes back at once. */
  removed: boolean;
  returning: boolean;
}

/**
 * The entries of one service that stay until somebody deregisters them. They are put back when the registry lost its
 * state, and only then.
 */
export class PermanentService {
  readonly #options: PermanentServiceOptions;
  /** By the id of the node. */
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();

  constructor(name: string, options: PermanentServiceOptions) {
    this.#options = options;
    const { registry, log } = options;
    void watchEntries(registry, {
      service: name,
      signal: this.#stop.signal,
      log,
      changed: (versions, doubtful) => this.#compare(versions, doubtful),
      // An entry that was lost before it was seen changes nothing in what is watched.
      returned: () => {
        for (const entry of this.#entries.values()) if (!entry.seen) void this.#putBack(entry);
      },
    });
  }

  /** Puts these nodes back from now on. */
  keep(service: Service): void {
    for (const node of service.nodes) {
      const posted = { ...service, nodes: [node] };
      // the same again changes nothing in the registry, and so nothing would say that it is there
      if (isDeepStrictEqual(this.#entries.get(node.id)?.service, posted)) continue;
      this.#entries.set(node.id, { service: posted, seen: false, removed: false, returning: false });
    }
  }

  forget(nodes: readonly Pick<Node, "id">[]): void {
    for (const { id } of nodes) this.#entries.delete(id);
    if (this.#entries.size === 0) this.#options.empty();
  }

  close(): void {
    this.#entries.clear();
    this.#stop.abort();
  }

  #compare(versions: readonly Service[], doubtful: boolean): void {
    for (const [id, entry] of this.#entries) {
      const { state } = compareEntry(entry.service, versions);
      if (state === "equal" || state === "changed") Object.assign(entry, { seen: true, removed: false });
      else if (entry.removed) continue;
      else if (state === "missing" && doubtful) void this.#putBack(entry);
      else if (entry.seen) void this.#forgetSoon(id, entry);
    }
  }

  /** What was removed may have been posted again already: a watch tells late. */
  async #forgetSoon(id: string, entry: Entry): Promise<void> {
    entry.removed = true;
    await sleep(pause, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    if (entry.removed && this.#entries.get(id) === entry) this.forget([{ id }]);
  }

  async #putBack(entry: Entry): Promise<void> {
    if (entry.returning) return;
    Object.assign(entry, { seen: false, returning: true });
    while (!(await this.#options.inTurn(() => this.#written(entry))))
      await sleep(pause, { signal: this.#stop.signal }).catch(() => undefined);
    entry.returning = false;
  }

  /** Writes the entry, if it still is to be there. False when that shall be tried again. */
  async #written(entry: Entry): Promise<boolean> {
    const { registry, log } = this.#options;
    const { name, nodes } = entry.service;
    const node = nodes[0]?.id ?? "";
    if (this.#entries.get(node) !== entry) return true;
    try {
      await withRequestTimeout(registry, { what: `register service "${name}"`, limit }, (signal) =>
        registry.register(entry.service, { signal }),
      );
      log.info({ service: name, node }, "put back after the registry lost its state");
      return true;
    } catch (err) {
      log.warn({ err, service: name, node }, "putting back what the registry lost failed");
      const refused = MicroError.is(err) && err.code < 500 && err.code !== 408;
      if (refused) this.forget(nodes);
      return refused;
    }
  }
}
