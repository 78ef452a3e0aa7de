import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { withTimeout } from "../core/async/with-timeout.js";
import type { Closeable } from "../core/closeable.js";
import type { CallCounts } from "./calls.js";
import { emptyType, healthType, statsType } from "./debug-types.js";
import type { Router } from "./router.js";

/** A check of the user's: resolves when well. */
export interface HealthCheck {
  readonly check: () => void | Promise<void>;
  /** A failing critical check makes the node not `ok`; any other only `degraded`. */
  readonly critical: boolean;
}

/** Milliseconds that all checks have, and the delay of the event loop beyond which a node is `degraded`. */
const checkTimeout = 2000;
const slowLoop = 250;
/** Milliseconds of each of the two spans over which that delay is looked at: all who ask see the same. */
const loopSpan = 1000;

/**
 * `Debug.Health`, `Debug.Stats` and `Debug.Calls`, which every service answers and none advertises. Source: the debug
 * handlers of the Go ecosystem; `Debug.Calls` is ours.
 */
export class Debug implements Closeable {
  readonly #started = Date.now();
  readonly #since = performance.now();
  readonly #loop = monitorEventLoopDelay({ resolution: 50 });
  readonly #checks = new Map<string, HealthCheck>();
  readonly #observer: PerformanceObserver;
  #turning: NodeJS.Timeout | undefined;
  #delayBefore = 0;
  #gc = 0;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#gc += entry.duration;
    });
  }

  /** Begins to measure. */
  start(): void {
    this.#loop.enable();
    this.#turning = setInterval(() => this.#turn(), loopSpan).unref();
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Adds a check to what `Debug.Health` looks at. */
  check(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  register(router: Router, counts: CallCounts): void {
    router.add("Debug.Health", {
      kind: "call",
      types: { request: emptyType, response: healthType },
      handler: async () => ({ status: await this.#health() }),
    });
    router.add("Debug.Stats", {
      kind: "call",
      types: { request: emptyType, response: statsType },
      handler: async () => this.#stats(),
    });
    router.add("Debug.Calls", { kind: "call", types: {}, handler: async () => counts.report() });
  }

  async close(): Promise<void> {
    clearInterval(this.#turning);
    this.#loop.disable();
    this.#observer.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #health(): Promise<string> {
    const failures = await Promise.all([...this.#checks].map(([name, each]) => failure(name, each)));
    const critical = failures.find((each) => each?.critical);
    if (critical) return critical.text;
    const slow = Math.max(this.#delayBefore, this.#loopDelay()) > slowLoop;
    return slow || failures.some((each) => each !== undefined) ? "degraded" : "ok";
  }

  /** Of nearly every turn of the event loop in this span, in milliseconds. */
  #loopDelay(): number {
    return this.#loop.percentile(99) / 1e6;
  }

  #turn(): void {
    this.#delayBefore = this.#loopDelay();
    this.#loop.reset();
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
