import { bucketLimit, type CallsReport } from "../../server/call-counts.js";

/** Rates of one node between its last two reports, per second. */
export interface NodeRates {
  readonly at: number;
  /** True after the first report: there are totals, but no rates yet. */
  readonly first: boolean;
  readonly rate: number;
  readonly errors: number;
  /** Calls by latency bucket. */
  readonly latency: ReadonlyMap<number, number>;
  /** By caller: calls per second, and total calls. */
  readonly callers: ReadonlyMap<string, { readonly rate: number; readonly calls: number }>;
}

/** The totals of one report, without `Debug` methods. */
interface Totals {
  readonly at: number;
  readonly calls: number;
  readonly errors: number;
  readonly latency: ReadonlyMap<number, number>;
  readonly callers: ReadonlyMap<string, number>;
}

/** Computes rates from the last two reports of a node. */
export class RateWindow {
  #last: Totals | undefined;
  rates: NodeRates | undefined;

  /** Adds a report that was read at `at`, in milliseconds of a monotonic clock. */
  add(report: CallsReport, at: number): void {
    const now = totals(report, at);
    const before = this.#last;
    this.#last = now;
    const restarted = before !== undefined && now.calls < before.calls;
    this.rates = between(restarted ? undefined : before, now);
  }
}

function totals(report: CallsReport, at: number): Totals {
  const latency = new Map<number, number>();
  const callers = new Map<string, number>();
  let calls = 0;
  let errors = 0;
  for (const method of report.methods) {
    if (method.name.startsWith("Debug.")) continue;
    calls += method.calls;
    errors += method.errors;
    for (const [bucket, count] of method.latency) latency.set(bucket, (latency.get(bucket) ?? 0) + count);
    for (const caller of method.callers)
      callers.set(caller.name, (callers.get(caller.name) ?? 0) + caller.calls);
  }
  return { at, calls, errors, latency, callers };
}

function between(before: Totals | undefined, now: Totals): NodeRates {
  const seconds =
    before === undefined ? Number.POSITIVE_INFINITY : Math.max(0.001, (now.at - before.at) / 1_000);
  const per = (count: number) => Math.max(0, count) / seconds;
  return {
    at: now.at,
    first: before === undefined,
    rate: per(now.calls - (before?.calls ?? 0)),
    errors: per(now.errors - (before?.errors ?? 0)),
    latency: before === undefined ? new Map() : minus(now.latency, before.latency),
    callers: new Map(
      [...now.callers].map(([name, calls]) => [
        name,
        { rate: per(calls - (before?.callers.get(name) ?? 0)), calls },
      ]),
    ),
  };
}

function minus(now: ReadonlyMap<number, number>, before: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...now].map(([bucket, count]) => [bucket, Math.max(0, count - (before.get(bucket) ?? 0))]));
}

/** The 99th percentile of latencies, in milliseconds. Null without calls. */
export function p99(latencies: readonly ReadonlyMap<number, number>[]): number | null {
  const sums = new Map<number, number>();
  for (const latency of latencies)
    for (const [bucket, count] of latency) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  const total = [...sums.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let seen = 0;
  for (const [bucket, count] of [...sums].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= total * 0.99) return bucketLimit(bucket);
  }
  return null;
}
