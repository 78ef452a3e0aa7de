import { TokenBucket } from "../../../core/async/token-bucket.js";
import type { Said } from "../client/origin.js";
import { type CheckList, type HealthReading, readHealth } from "../entries/health-reading.js";
import { queryPace } from "./blocking.js";
import type { Watcher } from "./watcher.js";

/** A list of all services, and its place in the order in which lists and readings came. */
export interface Lists {
  readonly tags?: { readonly at: number; readonly of: ReadonlyMap<string, string> };
  readonly checks?: { readonly at: number; readonly of: CheckList };
}

/** One service that is followed: who follows it, and what was read last. */
export class FollowedService {
  readonly name: string;
  readonly subscribers = new Set<Watcher>();
  readonly pace = new TokenBucket(queryPace);
  /** Ends its own query, or its reads. */
  readonly stop = new AbortController();
  /** It is being read. */
  reading = false;
  /** It has to be read again once it was. */
  again = false;
  /** The registry may have lost it. */
  doubtful = false;
  #last: HealthReading | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get known(): boolean {
    return this.#last !== undefined;
  }

  get present(): boolean {
    return this.#last?.tags !== undefined;
  }

  /** Tells one who follows it from now on what is known. */
  tell(subscriber: Watcher): void {
    if (this.#last) subscriber.take(this.name, this.#last.services, false);
  }

  /** Takes a reading, tells `all`, and returns whether it says something new. */
  take(said: Said, doubtful: boolean, all: Iterable<Watcher>): boolean {
    const before = this.#last;
    const reading = readHealth(said);
    this.#last = reading;
    for (const subscriber of all) subscriber.take(this.name, reading.services, doubtful);
    return !before || !same(before, reading);
  }

  /** True when a list that came after `since` tells something else than the last reading. */
  differs({ tags, checks }: Lists, since = 0): boolean {
    const last = this.#last;
    if (last === undefined) return false;
    if (tags && tags.at > since && tags.of.get(this.name) !== last.tags) return true;
    if (!checks || checks.at <= since) return false;
    if ((checks.of.services.get(this.name) ?? "") !== last.checks) return true;
    return [...last.machines].some(([machine, status]) => (checks.of.machines.get(machine) ?? "") !== status);
  }
}

function same(a: HealthReading, b: HealthReading): boolean {
  return (
    a.tags === b.tags && a.checks === b.checks && JSON.stringify(a.services) === JSON.stringify(b.services)
  );
}
