import { PerformanceObserver } from "node:perf_hooks";
import { withTimeout } from "../core/async/with-timeout.js";
import type { Closeable } from "../core/closeable.js";
import type { CallCounts } from "./call-counts.js";
import { emptyType, healthType, statsType } from "./debug-types.js";
import { LoopPauses } from "./loop-pauses.js";
import type { Router } from "./router.js";

/** A health check added by the user. */
export interface HealthCheck {
  /** Returns or resolves when healthy, throws otherwise. */
  readonly check: () => void | Promise<void>;
  /** True: while it fails, `Debug.Health` answers with its error. False: with `degraded`. */
  readonly critical: boolean;
}

/** Milliseconds that each check may take. */
const checkTimeout = 2000;
/**
 * A node is `degraded` while the average pause of its event loop that a request meets is longer than this, in
 * milliseconds. A single pause of half a second is not enough, one of a second is.
 */
const slowLoop = 250;

/**
 * `Debug.Health`, `Debug.Stats` and `Debug.Calls`. Every service answers them; the registry does not list them. Source:
 * the debug handlers of the Go ecosystem, except for `Debug.Calls`, which is an addition of this toolkit.
 */
export class Debug implements Closeable {
  readonly #started = Date.now();
  readonly #since = performance.now();
  readonly #pauses = new LoopPauses();
  readonly #checks = new Map<string, HealthCheck>();
  readonly #observer: PerformanceObserver;
  #gc = 0;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#gc += entry.duration;
    });
  }

  /** Starts measuring the event loop and garbage collection. */
  start(): void {
    this.#pauses.start();
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Adds a check to `Debug.Health`. */
  check(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  register(router: Router, counts: CallCounts): void {
    router.add("Debug.Health", {
      kind: "call",
      types: { request: emptyType, response: healthType },
      handler: async () => ({ status: await this.#health(router) }),
    });
    router.add("Debug.Stats", {
      kind: "call",
      types: { request: emptyType, response: statsType },
      handler: async () => this.#stats(),
    });
    router.add("Debug.Calls", {
      kind: "call",
      types: {},
      handler: async () => counts.report((name) => router.overdueOf(name)),
    });
  }

  async close(): Promise<void> {
    this.#pauses.stop();
    this.#observer.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #health({ manyOverdue }: Router): Promise<string> {
    const failures = await Promise.all([...this.#checks].map(([name, each]) => failure(name, each)));
    const critical = failures.find((each) => each?.critical);
    if (critical) return critical.text;
    const slow = this.#pauses.usual() > slowLoop;
    return slow || manyOverdue || failures.some((each) => each !== undefined) ? "degraded" : "ok";
  }

  /** Units on the wire: seconds since 1970, seconds, bytes, count, nanoseconds. */
  #stats(): Record<string, number> {
    return {
      started: Math.floor(this.#started / 1000),
      uptime: Math.floor((performance.now() - this.#since) / 1000),
      memory: process.memoryUsage.rss(),
      threads: 1,
      gc: Math.round(this.#gc * 1e6),
    };
  }
}

async function failure(
  name: string,
  { check, critical }: HealthCheck,
): Promise<{ text: string; critical: boolean } | undefined> {
  const late = () => new Error(`no answer in ${checkTimeout} ms`);
  try {
    await withTimeout((async () => check())(), checkTimeout, late);
    return undefined;
  } catch (error) {
    return { text: `${name}: ${error instanceof Error ? error.message : String(error)}`, critical };
  }
}
