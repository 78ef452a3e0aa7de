import type { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Series of one metric; whatever comes after that is counted as `other`. */
const maxSeries = 1000;
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** What a listener counts, in its own registry; programs may add metrics of theirs to it. */
export class Metrics {
  readonly registry: Registry;
  readonly active: Gauge;
  readonly #requests: Counter<"target" | "method" | "code">;
  readonly #seconds: Histogram<"target">;
  #gather: () => Promise<string>;
  readonly #series = new Set<string>();
  readonly #targets = new Set<string>();

  private constructor(registry: Registry, client: typeof import("prom-client")) {
    const registers = [registry];
    this.#gather = () => registry.metrics();
    this.registry = registry;
    this.active = new client.Gauge({
      name: "micro_http_requests_active",
      help: "Requests under way",
      registers,
    });
    this.#requests = new client.Counter({
      name: "micro_http_requests_total",
      help: "Requests answered, by route or service, method and status",
      labelNames: ["target", "method", "code"],
      registers,
    });
    this.#seconds = new client.Histogram({
      name: "micro_http_request_duration_seconds",
      help: "Time to answer, by route or service",
      labelNames: ["target"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
  }

  static async open(): Promise<Metrics> {
    const { default: client } = await import("prom-client");
    const registry = new client.Registry();
    addProcess(registry, client);
    return new Metrics(registry, client);
  }

  /** The page: of this process, or of all that serve the same port. */
  text(): Promise<string> {
    return this.#gather();
  }

  /** Makes the page of more than this process. */
  gatherBy(gather: () => Promise<string>): void {
    this.#gather = gather;
  }

  /** Counts one request to `target`; `duration` in milliseconds. */
  observe(target: string, method: string, code: number, duration: number): void {
    const verb = methods.has(method) ? method : "other";
    const known = bounded(this.#targets, target, maxSeries / 4) ? target : "other";
    const counted = bounded(this.#series, `${known} ${verb} ${code}`, maxSeries) ? known : "other";
    this.#requests.inc({ target: counted, method: verb, code }, 1);
    this.#seconds.observe({ target: known }, duration / 1000);
  }
}

/** The library's own defaults start monitors that nothing can stop: these few are read when asked for. */
function addProcess(registry: Registry, client: typeof import("prom-client")): void {
  const read: Record<string, () => number> = {
    process_resident_memory_bytes: () => process.memoryUsage.rss(),
    process_cpu_seconds_total: () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
    process_start_time_seconds: () => Date.now() / 1000 - process.uptime(),
    nodejs_heap_size_used_bytes: () => process.memoryUsage().heapUsed,
    nodejs_active_resources: () => process.getActiveResourcesInfo().length,
  };
  for (const [name, value] of Object.entries(read))
    new client.Gauge({
      name,
      help: `${name} of this process`,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
}

/** True when `key` is in the set, or still fits into it. */
function bounded(set: Set<string>, key: string, max: number): boolean {
  if (set.has(key)) return true;
  if (set.size >= max) return false;
  set.add(key);
  return true;
}
