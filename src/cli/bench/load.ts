import { setImmediate as nextTurn } from "node:timers/promises";
import { MicroError } from "../../core/errors.js";
import { sleep } from "../../core/time/clock.js";
import { Histogram } from "./histogram.js";

export interface BenchLoad {
  /** Calls in flight at a time. */
  readonly concurrency: number;
  /** Milliseconds. Infinite if only a number of requests is given. */
  readonly duration: number;
  /** Total number of requests. */
  readonly requests: number;
  /** Requests per second. Default: each caller sends the next request as soon as it has the answer. */
  readonly rate?: number;
  readonly signal: AbortSignal;
}

/** The result of a load. */
export interface LoadResult {
  readonly requests: number;
  readonly ok: number;
  /** Failures by code, such as `503`, or by reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** Actual duration in milliseconds. */
  readonly duration: number;
  readonly latency: Histogram;
  /** Answers by the id of the node. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** Makes one call. Resolves with the id of the node that answered, if known. */
export type Once = () => Promise<string | undefined>;

/** Puts a load on a service, and measures it. */
export class Load {
  readonly #once: Once;
  readonly #options: BenchLoad;
  readonly #latency = new Histogram();
  readonly #errors: Record<string, number> = {};
  readonly #nodes: Record<string, number> = {};
  #started = 0;
  #next = 0;
  #requests = 0;
  #ok = 0;

  constructor(once: Once, options: BenchLoad) {
    this.#once = once;
    this.#options = options;
  }

  /** Answers so far. */
  get answered(): number {
    return this.#requests;
  }

  async run(): Promise<LoadResult> {
    this.#started = performance.now();
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#caller()));
    this.#options.signal.throwIfAborted();
    const duration = performance.now() - this.#started;
    const counts = { requests: this.#requests, ok: this.#ok, errors: this.#errors, nodes: this.#nodes };
    return { ...counts, duration, latency: this.#latency };
  }

  async #caller(): Promise<void> {
    const { signal, requests, duration, rate } = this.#options;
    const end = this.#started + duration;
    while (!signal.aborted && this.#next < requests) {
      const due = rate === undefined ? performance.now() : this.#started + (this.#next * 1000) / rate;
      if (due >= end) return;
      this.#next++;
      if (rate !== undefined) await until(due, signal);
      if (!signal.aborted) await this.#ask(due);
    }
  }

  /**
   * Makes one request. Its latency counts from when it was due, because a stalled server also delays the requests after
   * it.
   */
  async #ask(due: number): Promise<void> {
    try {
      const node = await this.#once();
      this.#ok++;
      if (node !== undefined) this.#nodes[node] = (this.#nodes[node] ?? 0) + 1;
    } catch (error) {
      if (this.#options.signal.aborted) return;
      const name = nameOf(error);
      this.#errors[name] = (this.#errors[name] ?? 0) + 1;
    }
    this.#requests++;
    this.#latency.record(performance.now() - due);
  }
}

/** Waits for a point in time, more precisely than timers do. */
async function until(due: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const left = due - performance.now();
    if (left <= 0 || signal.aborted) return;
    if (left > 2) await sleep(left - 1, { signal }).catch(() => undefined);
    else await nextTurn();
  }
}

function nameOf(error: unknown): string {
  if (!MicroError.is(error)) return "INTERNAL";
  return error.code === 0 ? (error.reason ?? "REMOTE_ERROR") : String(error.code);
}
