import type { Closeable } from "../../core/closeable.js";
import { type Log, silent } from "../../core/log/log.js";
import type { Service } from "../../core/service.js";
import type { Change, Registry } from "../../registry/registry.js";
import { ResilientWatch } from "../../registry/watch/resilient-watch.js";
import type { LiveEvents, RegistryState, ServiceSummary, TimelineEntry } from "../model.js";
import { newsOf } from "./diff.js";
import { InitialState } from "./initial-state.js";
import { summarise } from "./summary.js";
import { type News, Timeline } from "./timeline.js";

/** Listener for changes. Changes within `gather` ms are combined. */
export interface ViewListener {
  readonly services?: (changed: readonly ServiceSummary[], removed: readonly string[]) => void;
  readonly timeline?: (entries: LiveEvents["timeline"]) => void;
  readonly registry?: (state: RegistryState) => void;
}

/** Milliseconds to combine changes, and for the initial list. */
const gather = 50;
const listTimeout = 5_000;
/** Milliseconds for which a service is still shown after the registry lost it without a deregistration. */
const doubt = 60_000;

type Versions = Map<string, Service>;

/** The live state and history of the registry, including failing nodes. All viewers share its one watch. */
export class RegistryView implements Closeable {
  readonly #registry: Registry;
  readonly #log: Log;
  readonly #services = new Map<string, Versions>();
  readonly #seen = new Map<string, Map<string, number>>();
  readonly #listeners = new Set<ViewListener>();
  readonly #doubtful = new Map<string, NodeJS.Timeout>();
  readonly #dirty = new Set<string>();
  readonly #closed = new AbortController();
  #watching: ResilientWatch | undefined;
  readonly #started: Promise<void>;
  readonly #first = new InitialState();
  readonly #timeline = new Timeline();
  #loaded = false;
  #staleSince: number | null = null;
  /** The same, by the monotonic clock. */
  #lostAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(registry: Registry, log: Log = silent) {
    this.#registry = registry;
    this.#log = log;
    this.#started = this.#start();
  }

  get state(): RegistryState {
    return { name: this.#registry.name, staleSince: this.#staleSince, loaded: this.#loaded };
  }

  /** Milliseconds since the registry stopped answering. 0 while it answers. */
  get staleFor(): number {
    return this.#staleSince === null ? 0 : Math.max(1, performance.now() - this.#lostAt);
  }

  /** Newest first. */
  get timeline(): readonly TimelineEntry[] {
    return this.#timeline.entries;
  }

  /** Resolves once the initial state is known, or after two seconds. */
  get ready(): Promise<void> {
    return this.#first.complete;
  }

  names(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** Every version of a service. Empty if there is none. */
  services(name: string): readonly Service[] {
    return [...(this.#services.get(name)?.values() ?? [])];
  }

  summaries(): readonly ServiceSummary[] {
    return this.names().map((name) => summarise(name, this.services(name)));
  }

  /** When each node of a service was first seen here, in milliseconds since the epoch. */
  seen(name: string): ReadonlyMap<string, number> {
    return this.#seen.get(name) ?? new Map();
  }

  /** Adds a listener. Returns a function that removes it. */
  listen(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#first.close();
    for (const timer of this.#doubtful.values()) clearTimeout(timer);
    await this.#started;
    this.#watching?.stop();
    await this.#watching?.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<void> {
    await this.#list();
    if (this.#closed.signal.aborted) return;
    this.#watching = new ResilientWatch(this.#registry, {
      log: this.#log,
      change: (change) => this.#apply(change),
      reach: (error) => this.#reached(error),
    });
  }

  /** Reads the names of the services registered at the start. */
  async #list(): Promise<void> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(listTimeout)]);
    try {
      const services = await this.#registry.listServices({ signal });
      this.#first.expect(services.map(({ name }) => name));
      this.#reached();
    } catch (error) {
      this.#log.debug({ err: error }, "list of services failed");
      if (!this.#closed.signal.aborted) this.#reached(error);
    }
  }

  #reached(error?: unknown): void {
    const lost = error !== undefined;
    if (lost === (this.#staleSince !== null) && this.#loaded) return;
    const before = this.state;
    if (this.#staleSince === null) this.#lostAt = performance.now();
    this.#staleSince = lost ? (this.#staleSince ?? Date.now()) : null;
    if (!lost) this.#loaded = true;
    if (before.staleSince === this.#staleSince && before.loaded === this.#loaded) return;
    if (lost || before.staleSince !== null)
      this.#record([{ kind: lost ? "registry-lost" : "registry-found", service: "" }]);
    for (const listener of this.#listeners) listener.registry?.(this.state);
  }

  #apply({ action, service, doubtful }: Change & { readonly doubtful?: boolean }): void {
    if (this.#closed.signal.aborted) return;
    if (!this.#loaded) this.#reached();
    const key = `${service.name} ${service.version}`;
    clearTimeout(this.#doubtful.get(key));
    this.#doubtful.delete(key);
    if (action !== "delete") this.#put(service);
    else if (doubtful) this.#doubtful.set(key, setTimeout(() => this.#remove(service), doubt).unref());
    else this.#remove(service);
  }

  #put(service: Service): void {
    const { name, version } = service;
    const versions = this.#services.get(name) ?? new Map<string, Service>();
    const alone = versions.size === 0;
    if (!this.#first.includes(name)) this.#record(newsOf(versions.get(version), service, alone));
    versions.set(version, service);
    this.#services.set(name, versions);
    this.#updateSeen(name);
    this.#changed(name);
  }

  #remove({ name, version }: Service): void {
    const versions = this.#services.get(name);
    const known = versions?.get(version);
    if (!versions || !known) return;
    versions.delete(version);
    this.#record(newsOf(known, undefined, versions.size === 0));
    if (versions.size === 0) this.#services.delete(name);
    this.#updateSeen(name);
    this.#changed(name);
  }

  #updateSeen(name: string): void {
    const old = this.#seen.get(name);
    const now = Date.now();
    const ids = this.services(name).flatMap(({ nodes }) => nodes.map(({ id }) => id));
    if (ids.length === 0) this.#seen.delete(name);
    else this.#seen.set(name, new Map(ids.map((id) => [id, old?.get(id) ?? now])));
  }

  #record(news: readonly News[]): void {
    this.#timeline.add(news);
    if (news.length > 0) this.#schedule();
  }

  #changed(name: string): void {
    this.#dirty.add(name);
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#publish(), gather);
  }

  #publish(): void {
    this.#timer = undefined;
    const news = this.#timeline.take();
    const names = [...this.#dirty];
    this.#dirty.clear();
    this.#first.arrived(names);
    const present = names.filter((name) => this.#services.has(name));
    const changed = present.map((name) => summarise(name, this.services(name)));
    const removed = names.filter((name) => !this.#services.has(name));
    for (const listener of this.#listeners) {
      if (names.length > 0) listener.services?.(changed, removed);
      if (news.length > 0) listener.timeline?.(news);
    }
  }
}
