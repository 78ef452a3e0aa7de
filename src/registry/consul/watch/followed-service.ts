import { TokenBucket } from "../../../core/async/token-bucket.js";
import type { Said } from "../client/origin.js";
import { type CheckList, type HealthReading, readHealth } from "../entries/health-reading.js";
import { queryPace } from "./blocking.js";
import type { Watcher } from "./watcher.js";

/** The latest lists of all services. `at` is their position in the order of all reads. */
export interface Lists {
  readonly tags?: { readonly at: number; readonly of: ReadonlyMap<string, string> };
  readonly checks?: { readonly at: number; readonly of: CheckList };
}

/** A followed service: its subscribers, and the last read. */
export class FollowedService {
  readonly name: string;
  readonly subscribers = new Set<Watcher>();
  readonly pace = new TokenBucket(queryPace);
  /** Ends its reads. */
  readonly stop = new AbortController();
  /** True while it is being read. */
  reading = false;
  /** True if it has to be read again after the current read. */
  again = false;
  /** True if the registry may have lost it. */
  doubtful = false;
  #last: HealthReading | undefined;
  #index = 0n;

  constructor(name: string) {
    this.name = name;
  }

  get known(): boolean {
    return this.#last !== undefined;
  }

  get present(): boolean {
    return this.#last?.tags !== undefined;
  }

  /** Takes the index of a read. Returns true if it is lower than the one before: Consul has lost its state. */
  wentBack(index: bigint): boolean {
    const back = index < this.#index;
    this.#index = index;
    return back;
  }

  /** Gives a new subscriber the current state. */
  sendCurrent(subscriber: Watcher): void {
    if (this.#last) subscriber.update(this.name, this.#last.services, false);
  }

  /** Applies a read, passes it to `all`, and returns whether anything has changed. */
  update(answer: Said, doubtful: boolean, all: Iterable<Watcher>): boolean {
    const before = this.#last;
    const reading = readHealth(answer);
    this.#last = reading;
    for (const subscriber of all) subscriber.update(this.name, reading.services, doubtful);
    return !before || !same(before, reading);
  }

  /** True if a list that is newer than `since` contradicts the last read. */
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
