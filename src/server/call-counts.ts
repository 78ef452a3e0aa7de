/** The response of `Debug.Calls`: counts since the start. The difference of two reports gives a rate. */
export interface CallsReport {
  readonly methods: readonly MethodCalls[];
}

export interface MethodCalls {
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
  /** Handlers that have run on for more than a second after their calls ended. Left out when there are none. */
  readonly overdue?: number;
  /** Pairs of bucket and count, empty buckets left out; `bucketLimit` has the bounds. */
  readonly latency: readonly (readonly [bucket: number, count: number])[];
  /** Calling services, by `X-Micro-From-Service`. The name is empty where the caller did not send it. */
  readonly callers: readonly { readonly name: string; readonly calls: number }[];
}

/** Bounds, because callers choose the names. Beyond them, calls count as `other`. */
const maxMethods = 1_000;
const maxCallers = 200;
const other = "other";
/** Two buckets for each doubling, from one microsecond to over an hour. */
const buckets = 64;

interface Counts {
  calls: number;
  errors: number;
  readonly latency: Float64Array;
  readonly callers: Map<string, Caller>;
}

interface Caller {
  calls: number;
}

/** Counts the calls of one method by one caller. Keep it with the route, so that no name is looked up per call. */
export interface Counter {
  /** Counts one call that took `duration` milliseconds. */
  record(duration: number, failed: boolean): void;
}

/** Counts the calls of one server by method, latency and caller. */
export class CallCounts {
  readonly #methods = new Map<string, Counts>();

  /** The counter of calls of `method` by `caller`. */
  of(method: string, caller: string): Counter {
    const counts = this.#methods.get(method) ?? this.#add(method);
    const known = counts.callers.has(caller) || counts.callers.size < maxCallers ? caller : other;
    const by = counts.callers.get(known) ?? { calls: 0 };
    counts.callers.set(known, by);
    return new MethodCounter(counts, by);
  }

  /** `overdue` returns the number of handlers of a method that run on after their calls ended. */
  report(overdue: (method: string) => number = () => 0): CallsReport {
    const methods = [...this.#methods].map(([name, counts]) => {
      const late = overdue(name);
      return { ...describe(name, counts), ...(late > 0 && { overdue: late }) };
    });
    return { methods };
  }

  #add(method: string): Counts {
    const name = this.#methods.size < maxMethods ? method : other;
    const counts = this.#methods.get(name) ?? {
      calls: 0,
      errors: 0,
      latency: new Float64Array(buckets),
      callers: new Map(),
    };
    this.#methods.set(name, counts);
    return counts;
  }
}

class MethodCounter implements Counter {
  readonly #counts: Counts;
  readonly #caller: Caller;

  constructor(counts: Counts, caller: Caller) {
    this.#counts = counts;
    this.#caller = caller;
  }

  record(duration: number, failed: boolean): void {
    const { latency } = this.#counts;
    this.#counts.calls++;
    if (failed) this.#counts.errors++;
    const bucket = bucketOf(duration);
    latency[bucket] = (latency[bucket] ?? 0) + 1;
    this.#caller.calls++;
  }
}

function describe(name: string, counts: Counts): MethodCalls {
  return {
    name,
    calls: counts.calls,
    errors: counts.errors,
    latency: [...counts.latency].flatMap((count, bucket) => (count > 0 ? [[bucket, count] as const] : [])),
    callers: [...counts.callers].map(([caller, { calls }]) => ({ name: caller, calls })),
  };
}

/** The bucket of a duration in milliseconds: the power of two of its microseconds, split into two halves. */
function bucketOf(duration: number): number {
  const microseconds = Math.min(Math.max(1, Math.floor(duration * 1_000)), 0xffffffff);
  const power = 31 - Math.clz32(microseconds);
  const half = power === 0 ? 0 : (microseconds >>> (power - 1)) & 1;
  return 2 * power + half;
}

/** The upper bound of a bucket, in milliseconds. */
export function bucketLimit(bucket: number): number {
  const power = Math.floor(bucket / 2);
  return (2 ** power * (bucket % 2 === 0 ? 1.5 : 2)) / 1_000;
}
