import { PerformanceObserver } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";

/** The requests answered in one time span. */
interface Counter {
  readonly timestamp: number;
  /** Counts by class of status: `20x`, `30x`, `40x`, `50x`. */
  readonly status_codes: Record<string, number>;
  total_reqs: number;
}

/** Length of a time span, in milliseconds, and how many are kept. */
const span = 5000;
const kept = 60;

/** The statistics at `/stats`, in the format of the original. */
export class RequestStats {
  readonly #started = Math.floor(Date.now() / 1000);
  readonly #counters: Counter[] = [];
  readonly #observer: PerformanceObserver;
  #gcPause = 0;
  #spanStart = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#gcPause += duration;
    });
    this.#observer.observe({ entryTypes: ["gc"] });
    this.#current();
  }

  count(status: number): void {
    const counter = this.#current();
    const name = `${Math.floor(status / 100)}0x`;
    counter.status_codes[name] = (counter.status_codes[name] ?? 0) + 1;
    counter.total_reqs++;
  }

  report(): object {
    const { heapUsed } = process.memoryUsage();
    return {
      started: this.#started,
      memory: `${(heapUsed / 1024 ** 2).toFixed(2)}mb`,
      threads: 1,
      gc_pause: `${this.#gcPause.toFixed(3)}ms`,
      counters: this.#counters,
    };
  }

  close(): void {
    this.#observer.disconnect();
  }

  #current(): Counter {
    const now = performance.now();
    const last = this.#counters.at(-1);
    if (last && now - this.#spanStart < span) return last;
    const counter = { timestamp: Math.floor(Date.now() / 1000), status_codes: {}, total_reqs: 0 };
    this.#counters.push(counter);
    if (this.#counters.length > kept) this.#counters.shift();
    this.#spanStart = now;
    return counter;
  }
}

/** `/stats`: JSON for a request with that content type, as in the original, else a page. */
export async function statsRoutes(app: FastifyInstance, { stats }: { stats: RequestStats }): Promise<void> {
  app.addHook("onClose", async () => stats.close());
  app.get("/stats", async (request, reply) => {
    reply.header("Cache-Control", "no-store");
    if (request.headers["content-type"] === "application/json") return reply.send(stats.report());
    const text = JSON.stringify(stats.report(), undefined, 2);
    return reply
      .header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
      .type("text/html; charset=utf-8")
      .send(`<!doctype html><html lang="en"><title>Stats</title><h1>Stats</h1><pre>${text}</pre></html>`);
  });
}
