import type { LoadResult } from "./load.js";

/** What `micro bench --json` prints. */
export interface BenchReport {
  readonly service: string;
  readonly method: string;
  readonly concurrency: number;
  readonly duration_s: number;
  readonly requests: number;
  readonly ok: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Answers per second. */
  readonly rate: number;
  readonly latency_ms: Readonly<Record<"min" | "mean" | "p50" | "p90" | "p99" | "p999" | "max", number>>;
  readonly nodes: Readonly<Record<string, number>>;
}

const bar = 40;

export function benchReport(
  { service, method, concurrency }: Pick<BenchReport, "service" | "method" | "concurrency">,
  result: LoadResult,
): BenchReport {
  const { latency, duration, requests, ok, errors, nodes } = result;
  return {
    service,
    method,
    concurrency,
    duration_s: rounded(duration / 1000),
    requests,
    ok,
    errors,
    rate: rounded(duration === 0 ? 0 : (requests / duration) * 1000),
    latency_ms: {
      min: rounded(latency.min),
      mean: rounded(latency.mean),
      p50: rounded(latency.percentile(50)),
      p90: rounded(latency.percentile(90)),
      p99: rounded(latency.percentile(99)),
      p999: rounded(latency.percentile(99.9)),
      max: rounded(latency.max),
    },
    nodes,
  };
}

/** Formats a report for people, with the distribution as bars. */
export function benchText(report: BenchReport, { latency }: LoadResult): string {
  const { service, method, requests, duration_s, rate, latency_ms, errors, nodes } = report;
  const most = Math.max(1, ...latency.doublings().map(({ count }) => count));
  const lines = [
    `${service} ${method}: ${requests} requests in ${duration_s} s, ${rate}/s`,
    "",
    ...Object.entries(latency_ms).map(
      ([name, value]) => `${name.padEnd(6)} ${value.toFixed(3).padStart(12)} ms`,
    ),
    "",
    ...latency
      .doublings()
      .map(
        ({ upTo, count }) =>
          `≤ ${upTo.toFixed(3).padStart(12)} ms  ${"█".repeat(Math.round((count / most) * bar)).padEnd(bar)} ${count}`,
      ),
  ];
  for (const [code, count] of Object.entries(errors)) lines.push("", `errors ${code}: ${count}`);
  if (Object.keys(nodes).length > 1) lines.push("");
  if (Object.keys(nodes).length > 1)
    for (const [id, count] of Object.entries(nodes)) lines.push(`${id}  ${count}`);
  return lines.join("\n");
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
