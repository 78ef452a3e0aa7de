import { isDeepStrictEqual } from "node:util";
import { MicroError } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import type { Node, Service } from "../core/service.js";
import { sleep } from "../core/time/clock.js";
import { compareEntry } from "../registry/registration/compare-entry.js";
import { watchEntries } from "../registry/registration/entry-watch.js";
import type { Registry } from "../registry/registry.js";
import { withRequestTimeout } from "../registry/with-request-timeout.js";

/** Milliseconds for restoring an entry, and before a retry or before a removed entry is forgotten. */
const limit = 5000;
const pause = 1000;

export interface PermanentServiceOptions {
  readonly registry: Registry;
  readonly log: Log;
  /** Runs the changes of the service in the registry one after the other. */
  readonly serialise: (change: () => Promise<boolean>) => Promise<boolean>;
  /** Called when no entry is left. */
  readonly empty: () => void;
}

interface Entry {
  /** The service with one node. */
  readonly service: Service;
  /** The registry has had it: if it is missing now, someone has removed it. */
  seen: boolean;
  /** It is missing although the registry has its state: it was removed, unless it reappears soon. */
  removed: boolean;
  /** It is being restored. */
  returning: boolean;
}

/**
 * The entries of one service that stay until they are deregistered. They are restored only if the registry has lost its
 * state.
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
      // An entry that was lost before the watch saw it causes no change.
      returned: () => {
        for (const entry of this.#entries.values()) if (!entry.seen) void this.#restore(entry);
      },
    });
  }

  /** Restores these nodes from now on. */
  keep(service: Service): void {
    for (const node of service.nodes) {
      const posted = { ...service, nodes: [node] };
      // An equal entry would cause no change in the watch, so `seen` would never become true.
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
      else if (state === "missing" && doubtful) void this.#restore(entry);
      else if (entry.seen) void this.#forgetSoon(id, entry);
    }
  }

  /** Forgets a removed entry after a pause: it may have been registered again, which a watch reports late. */
  async #forgetSoon(id: string, entry: Entry): Promise<void> {
    entry.removed = true;
    await sleep(pause, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    if (entry.removed && this.#entries.get(id) === entry) this.forget([{ id }]);
  }

  async #restore(entry: Entry): Promise<void> {
    if (entry.returning) return;
    Object.assign(entry, { seen: false, returning: true });
    while (!(await this.#options.serialise(() => this.#written(entry))))
      await sleep(pause, { signal: this.#stop.signal }).catch(() => undefined);
    entry.returning = false;
  }

  /** Writes the entry, unless it is no longer wanted. Returns false if it has to be retried. */
  async #written(entry: Entry): Promise<boolean> {
    const { registry, log } = this.#options;
    const { name, nodes } = entry.service;
    const node = nodes[0]?.id ?? "";
    if (this.#entries.get(node) !== entry) return true;
    try {
      await withRequestTimeout(registry, { what: `register service "${name}"`, limit }, (signal) =>
        registry.register(entry.service, { signal }),
      );
      log.info({ service: name, node }, "restored after the registry lost its state");
      return true;
    } catch (err) {
      log.warn({ err, service: name, node }, "restoring what the registry lost failed");
      const refused = MicroError.is(err) && err.code < 500 && err.code !== 408;
      if (refused) this.forget(nodes);
      return refused;
    }
  }
}
