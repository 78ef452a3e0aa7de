import { MicroError, unavailable } from "../core/errors.js";
import { systemClock } from "../core/time/clock.js";
import { first, type Query } from "../http/message/query.js";
import { queryDuration } from "./fields.js";
import type { Indexes, Topic } from "./indexes.js";
import { limits } from "./model.js";

/** How long a blocking query waits, in milliseconds. Source: Consul. */
const defaultWait = 300_000;
const maxWait = 600_000;

/** The last index that a client has seen, and how long it waits for another. */
export interface Wait {
  /** 0: answer at once. */
  readonly index: number;
  /** Milliseconds. */
  /** Milliseconds. */
  readonly time: number;
}

/** Reads `?index=` and `?wait=`. @throws {MicroError} 400 with Consul's text. */
export function readWait(query: Query): Wait {
  const index = first(query.index) || "0";
  if (!/^\d{1,19}$/.test(index)) throw refused("Invalid index");
  const wait = first(query.wait);
  const time = wait ? queryDuration(wait) : 0;
  if (time === undefined) throw refused("Invalid wait time");
  return { index: Number(index), time: Math.min(time > 0 ? time : defaultWait, maxWait) };
}

/**
 * Resolves when the index of `topic` differs from the given one, the time is over, or `signal` aborts. A higher index
 * than ours is from before a restart, and is answered at once, so that the client notices.
 */
export function changed(indexes: Indexes, topic: Topic, wait: Wait, signal: AbortSignal): Promise<void> {
  const same = () => indexes.of(topic) === wait.index;
  if (wait.index === 0 || !same() || signal.aborted) return Promise.resolve();
  if (indexes.watching >= limits.watchers)
    throw unavailable("go.micro.agent", `More than ${limits.watchers} blocking queries`);
  return new Promise((resolve) => {
    const unwatch = indexes.watch(topic, () => same() || done());
    const timer = systemClock.schedule(wait.time, done);
    signal.addEventListener("abort", done);
    function done(): void {
      timer.cancel();
      unwatch();
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

function refused(detail: string): MicroError {
  return new MicroError("go.micro.agent", 400, detail, { reason: "BAD_REQUEST" });
}
