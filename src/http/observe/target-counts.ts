/** Upper bounds of the buckets, in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The counts of requests to one route or service. */
export class TargetCounts {
  /** By method and status. */
  readonly #requests = new Map<string, Map<number, number>>();
  /** Requests per bucket. The last bucket is for those above all bounds. */
  readonly #buckets = new Array<number>(bounds.length + 1).fill(0);
  #seconds = 0;

  /** Counts a request if its method and status have been counted before. False if it would start a new series. */
  counted(method: string, code: number): boolean {
    const codes = this.#requests.get(method);
    const before = codes?.get(code);
    if (before === undefined) return false;
    codes?.set(code, before + 1);
    return true;
  }

  count(method: string, code: number): void {
    const codes = this.#requests.get(method) ?? new Map<number, number>();
    this.#requests.set(method, codes.set(code, (codes.get(code) ?? 0) + 1));
  }

  took(seconds: number): void {
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket++;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#seconds += seconds;
  }

  requests(target: string): FigureValue[] {
    return [...this.#requests].flatMap(([method, codes]) =>
      [...codes].map(([code, value]) => ({ value, labels: { target, method, code } })),
    );
  }

  /** The histogram. Buckets are cumulative. */
  durations(target: string, name: string): FigureValue[] {
    let sum = 0;
    const buckets = this.#buckets.map((count, i) => {
      sum += count;
      return { value: sum, labels: { le: bounds[i] ?? "+Inf", target }, metricName: `${name}_bucket` };
    });
    const labels = { target };
    return [
      ...buckets,
      { value: this.#seconds, labels, metricName: `${name}_sum` },
      { value: sum, labels, metricName: `${name}_count` },
    ];
  }
}

export interface FigureValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** The name of the histogram's series: `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}
