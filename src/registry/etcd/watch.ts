import type { Etcd3, IKeyValue, IWatchResponse, Watcher } from "etcd3";
import { unavailable } from "../../core/errors.js";
import { backOff, spread } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";
import { Snapshot } from "../catalog/snapshot.js";
import type { Change, WatchOptions } from "../registry.js";
import { type Entry, groupByVersion } from "../wire/group-by-version.js";
import { parseNodeValue, prefixOf } from "./keys.js";

/** Back-off in milliseconds after a failed watch, and the time after which everything is read again, ± 20 %. */
const retry = { least: 100, most: 1000 };
const rereadAfter = 60_000;

interface EtcdWatchOptions extends WatchOptions {
  /** True if etcd is reached over loopback. */
  readonly local: boolean;
}

/** Follows one service, or all: repeats a full read, then applies changes from there. */
export class EtcdWatch {
  readonly #etcd: Etcd3;
  readonly #options: EtcdWatchOptions;
  readonly #push: (change: Change) => void;
  readonly #prefix: string;
  readonly #snapshot = new Snapshot();
  #entries = new Map<string, readonly Entry[]>();
  #revision = 0n;
  #failures = 0;

  constructor(etcd: Etcd3, options: EtcdWatchOptions, push: (change: Change) => void) {
    this.#etcd = etcd;
    this.#options = options;
    this.#push = push;
    this.#prefix = prefixOf(options.service);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#read();
        await this.#follow(signal);
      } catch (error) {
        if (!signal.aborted) await this.#failed(error, signal);
      }
    }
  }

  async #read(): Promise<void> {
    const { kvs, header } = await this.#etcd.getAll().prefix(this.#prefix).exec();
    const revision = BigInt(header.revision);
    const lost = this.#failures > 0 || revision < this.#revision;
    this.#revision = revision;
    this.#entries = new Map(kvs.map((kv) => [kv.key.toString(), entriesOf(kv, this.#options.local)]));
    this.#publish(lost);
    if (this.#failures > 0) this.#options.onReach?.();
    this.#failures = 0;
  }

  /** Applies changes until it is time to read again. @throws if etcd goes away, or has compacted the revision. */
  async #follow(signal: AbortSignal): Promise<void> {
    const start = String(this.#revision + 1n);
    const over = new AbortController();
    const done = AbortSignal.any([signal, over.signal]);
    const watcher = this.#etcd.watch().prefix(this.#prefix).startRevision(start).watcher();
    try {
      await new Promise<void>((resolve, reject) => {
        watcher.on("error", reject).on("disconnected", reject);
        watcher.on("end", () => reject(unavailable("go.micro.registry", "watch: ended by etcd")));
        watcher.on("data", (response) => this.#changed(response));
        sleep(spread(rereadAfter), { signal: done }).then(resolve, resolve);
      });
    } finally {
      over.abort();
      quit(watcher);
    }
  }

  #changed({ events, header }: IWatchResponse): void {
    this.#revision = BigInt(header.revision);
    for (const { type, kv } of events) {
      const key = kv.key.toString();
      if (String(type) === "Delete") this.#entries.delete(key);
      else this.#entries.set(key, entriesOf(kv, this.#options.local));
    }
    this.#publish(false);
  }

  #publish(doubtful: boolean): void {
    const entries = [...this.#entries.values()].flat();
    const names = new Set([...entries.map(({ name }) => name), ...this.#snapshot.names()]);
    const services = groupByVersion(entries);
    for (const name of names) {
      if (this.#options.service !== undefined && name !== this.#options.service) continue;
      const versions = services.filter((service) => service.name === name);
      for (const change of this.#snapshot.replace(name, versions))
        this.#push(doubtful ? { ...change, doubtful } : change);
    }
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (this.#failures === 0) this.#options.onReach?.(error);
    this.#failures += 1;
    await sleep(backOff(this.#failures, retry), { signal }).catch(() => {});
  }
}

/** Reads the value of a key. `local`: etcd is reached over loopback. `rejected` receives why it cannot be used. */
export function entriesOf(
  { value, lease }: Pick<IKeyValue, "value" | "lease">,
  local: boolean,
  rejected?: (why: string) => void,
): Entry[] {
  return parseNodeValue(value, { leased: lease !== "0", local, rejected });
}

/** Cancels a watcher without waiting: it may be gone already, or never answer. */
function quit(watcher: Watcher): void {
  watcher.removeAllListeners();
  watcher.on("error", () => {});
  watcher.cancel().catch(() => {});
}
