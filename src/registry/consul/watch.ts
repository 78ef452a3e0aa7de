import type { Service } from "../../core/service.js";
import { group, healthy } from "../group.js";
import { fields } from "../parse.js";
import type { Change, WatchOptions } from "../registry.js";
import { Snapshot } from "../snapshot.js";
import { repeat } from "./blocking.js";
import { type ConsulClient, maxBlocking } from "./client.js";
import { readEntries } from "./entries.js";
import { watchFailing } from "./failing.js";
import { health, names, watchOf } from "./requests.js";

type Push = (change: Change) => void;

/** Watches one service, or all, until `signal` aborts. */
export async function watch(
  client: ConsulClient,
  options: WatchOptions,
  push: Push,
  signal: AbortSignal,
): Promise<void> {
  const watcher = new Watcher(client, options, push);
  if (options.service === undefined) await watcher.all(signal);
  else await watcher.one(options.service, signal, options.onReach);
}

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** The tags of all instances. */
  tags: string;
}

class Watcher {
  readonly #client: ConsulClient;
  readonly #options: WatchOptions;
  readonly #push: Push;
  readonly #snapshot = new Snapshot();
  readonly #running = new Map<string, Running>();
  #failing: Promise<void> | undefined;

  constructor(client: ConsulClient, options: WatchOptions, push: Push) {
    this.#client = client;
    this.#options = options;
    this.#push = push;
  }

  one(name: string, signal: AbortSignal, onReach?: WatchOptions["onReach"]): Promise<void> {
    const what = watchOf(name);
    const request = (blocking: object) => health(name, blocking);
    const query = {
      what,
      request,
      onReach,
      take: ({ body, lost }: { body: unknown; lost: boolean }) => {
        const services = group(readEntries(body));
        this.#replace(name, this.#options.unhealthy ? services : healthy(services), lost);
      },
    };
    return repeat(this.#client, query, signal);
  }

  /** One query for the names, and one for each service. */
  async all(signal: AbortSignal): Promise<void> {
    const query = {
      what: "watch services",
      leads: true,
      request: names,
      onReach: this.#options.onReach,
      take: ({ body, lost }: { body: unknown; lost: boolean }) => this.#takeNames(body, lost, signal),
    };
    signal.addEventListener("abort", () => this.#stopAll(), { once: true });
    await repeat(this.#client, query, signal);
    await this.#failing;
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /**
   * Starts and stops watches. Where there are more than Consul lets wait at a time, the tags tell whose turn it is: news
   * is seen in 40 ms, not after up to 5 s. A check that fails is no news of tags: it has a query of its own.
   */
  #takeNames(body: unknown, lost: boolean, signal: AbortSignal): void {
    if (signal.aborted) return;
    const present = readTags(body, isOurs);
    for (const [name, tags] of present) {
      const running = this.#running.get(name);
      const text = tags.sort().join();
      if (running === undefined) this.#start(name, text);
      else if (running.tags !== text) {
        running.tags = text;
        this.#client.hasten(watchOf(name));
      }
    }
    for (const name of [...this.#running.keys()]) if (!present.has(name)) this.#stop(name, lost);
    if (this.#running.size > maxBlocking) this.#failing ??= watchFailing(this.#client, signal);
  }

  #start(name: string, tags: string): void {
    const stop = new AbortController();
    const ended = this.one(name, stop.signal);
    this.#running.set(name, { stop, ended, tags });
  }

  /** In place of one signal more for each service that follows another one. */
  #stopAll(): void {
    for (const { stop } of this.#running.values()) stop.abort();
  }

  #stop(name: string, lost: boolean): void {
    this.#running.get(name)?.stop.abort();
    this.#running.delete(name);
    this.#replace(name, [], lost);
  }

  #replace(name: string, services: readonly Service[], doubtful: boolean): void {
    for (const change of this.#snapshot.replace(name, services))
      this.#push(doubtful ? { ...change, doubtful } : change);
  }
}

/** The names in the body of `/v1/catalog/services`. */
export function readNames(body: unknown): string[] {
  return [...readTags(body, () => true).keys()].sort();
}

/** The same with the tags of each, of those whose tags `accept` takes. */
function readTags(body: unknown, accept: (tags: readonly unknown[]) => boolean): Map<string, unknown[]> {
  const all = Object.entries(fields(body)).map(
    ([name, tags]) => [name, Array.isArray(tags) ? tags : []] as const,
  );
  return new Map(all.filter(([, tags]) => accept(tags)));
}

/** True when some instance has a version, as all of this kind have. */
function isOurs(tags: readonly unknown[]): boolean {
  return tags.some((tag) => typeof tag === "string" && /^v[-=]/.test(tag));
}
