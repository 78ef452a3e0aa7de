import type { HttpOptions } from "../options.js";
import type { FigureValue } from "./target-counts.js";
import { TargetCounts } from "./target-counts.js";

/** Maximum number of time series per metric. Further ones are counted as `other`. */
const maxSeries = 1000;
const maxTargets = maxSeries / 4;
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** One metric, in the format of prom-client. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** How prom-client combines the metrics of several processes. */
  readonly aggregator: "sum" | "max";
  readonly values: readonly FigureValue[];
}

/**
 * The metrics of a listener. They are counted as plain numbers. prom-client, which would take 6 MiB and 1.5 µs per
 * request, is loaded only to format the page.
 */
export class Metrics {
  /** Requests in flight. */
  active = 0;
  #gather: () => Promise<string> = () => pageOf([this.figures()]);
  readonly #targets = new Map<string, TargetCounts>();
  readonly #nodesOut: HttpOptions["nodesOut"];
  #series = 0;

  constructor({ nodesOut }: Pick<HttpOptions, "nodesOut"> = {}) {
    this.#nodesOut = nodesOut;
  }

  /** The page of this process, or of all processes that share the port. */
  text(): Promise<string> {
    return this.#gather();
  }

  /** Sets a function that collects the page from several processes. */
  gatherBy(gather: () => Promise<string>): void {
    this.#gather = gather;
  }

  /** Counts one request to `target`; `duration` in milliseconds. */
  observe(target: string, method: string, code: number, duration: number): void {
    const verb = methods.has(method) ? method : "other";
    const counts = this.#targets.get(target) ?? this.#target(target);
    counts.took(duration / 1000);
    if (counts.counted(verb, code)) return;
    const fits = this.#series < maxSeries;
    if (fits) this.#series++;
    (fits ? counts : this.#other()).count(verb, code);
  }

  /** The current values. */
  figures(): readonly Figure[] {
    const targets = [...this.#targets];
    return [
      figure("micro_http_requests_active", "Requests in flight", "gauge", [
        { value: this.active, labels: {} },
      ]),
      figure(
        "micro_http_requests_total",
        "Requests answered, by route or service, method and status",
        "counter",
        targets.flatMap(([target, counts]) => counts.requests(target)),
      ),
      figure(
        "micro_http_request_duration_seconds",
        "Time to answer, by route or service",
        "histogram",
        targets.flatMap(([target, counts]) =>
          counts.durations(target, "micro_http_request_duration_seconds"),
        ),
      ),
      ...this.#outages(),
      ...ofProcess(),
    ];
  }

  /** Each process has its own opinion of the nodes: that of the one that sees most of them out is shown. */
  #outages(): Figure[] {
    const counts = this.#nodesOut?.();
    if (counts === undefined) return [];
    const values = [...counts]
      .slice(0, maxTargets)
      .map(([service, value]) => ({ value, labels: { service } }));
    const help = "Nodes that get no calls because they do not answer";
    return [{ ...figure("micro_nodes_out", help, "gauge", values), aggregator: "max" }];
  }

  #target(target: string): TargetCounts {
    if (this.#targets.size >= maxTargets) return this.#other();
    const made = new TargetCounts();
    this.#targets.set(target, made);
    return made;
  }

  #other(): TargetCounts {
    const known = this.#targets.get("other") ?? new TargetCounts();
    this.#targets.set("other", known);
    return known;
  }
}

/** The content type of a page. */
export const pageType = "text/plain; version=0.0.4; charset=utf-8";

/** Formats the metrics of one or more processes as one page. */
export async function pageOf(figures: readonly (readonly Figure[])[]): Promise<string> {
  const { default: client } = await import("prom-client");
  return client.AggregatorRegistry.aggregate([...figures]).metrics();
}

/** Metrics of the process, read on demand. prom-client's default collectors run continuously and cannot be stopped. */
function ofProcess(): Figure[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const read: Record<string, number> = {
    process_resident_memory_bytes: rss,
    process_cpu_seconds_total: (user + system) / 1e6,
    process_start_time_seconds: Date.now() / 1000 - process.uptime(),
    nodejs_heap_size_used_bytes: heapUsed,
    nodejs_active_resources: process.getActiveResourcesInfo().length,
  };
  return Object.entries(read).map(([name, value]) =>
    figure(name, `${name} of this process`, "gauge", [{ value, labels: {} }]),
  );
}

function figure(name: string, help: string, type: Figure["type"], values: readonly FigureValue[]): Figure {
  return { name, help, type, aggregator: "sum", values };
}
