import type { Service } from "../../core/service.js";
import { group, healthy } from "../group.js";
import { fields } from "../parse.js";
import type { Change, WatchOptions } from "../registry.js";
import { Snapshot } from "../snapshot.js";
import { repeat } from "./blocking.js";
import type { ConsulClient } from "./client.js";
import { readEntries } from "./entries.js";
import { health, names } from "./requests.js";

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

class Watcher {
  readonly #client: ConsulClient;
  readonly #options: WatchOptions;
  readonly #push: Push;
  readonly #snapshot = new Snapshot();
  readonly #running = new Map<string, { stop: AbortController; ended: Promise<void> }>();

  constructor(client: ConsulClient, options: WatchOptions, push: Push) {
    this.#client = client;
    this.#options = options;
    this.#push = push;
  }

  one(name: string, signal: AbortSignal, onReach?: WatchOptions["onReach"]): Promise<void> {
    const what = `watch service "${name}"`;
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
      request: names,
      onReach: this.#options.onReach,
      take: ({ body, lost }: { body: unknown; lost: boolean }) => this.#takeNames(body, lost, signal),
    };
    await repeat(this.#client, query, signal);
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #takeNames(body: unknown, lost: boolean, signal: AbortSignal): void {
    const present = new Set(readNames(body, isOurs));
    for (const name of present) if (!this.#running.has(name)) this.#start(name, signal);
    for (const name of [...this.#running.keys()]) if (!present.has(name)) this.#stop(name, lost);
  }

  #start(name: string, signal: AbortSignal): void {
    const stop = new AbortController();
    const ended = this.one(name, AbortSignal.any([stop.signal, signal]));
    this.#running.set(name, { stop, ended });
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

/** The names in the body of `/v1/catalog/services`, an object of tags by name, whose tags `accept` takes. */
export function readNames(body: unknown, accept: (tags: readonly unknown[]) => boolean): string[] {
  return Object.entries(fields(body))
    .filter(([, tags]) => accept(Array.isArray(tags) ? tags : []))
    .map(([name]) => name)
    .sort();
}

/** True when some instance has a version, as all of this kind have. */
function isOurs(tags: readonly unknown[]): boolean {
  return tags.some((tag) => typeof tag === "string" && /^v[-=]/.test(tag));
}
