/** Buckets per doubling, for a resolution of 1.6 %. */
const perDoubling = 64;
const doublings = 40;

/**
 * Counts durations in milliseconds, without storing each of them. `createHistogram` of Node gives percentiles, but not the
 * counts that the bars of `micro bench` show, and it rounds the shortest, the longest and the mean.
 */
export class Histogram {
  readonly #counts = new Float64Array(perDoubling * doublings);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  record(duration: number): void {
    const bucket = bucketOf(duration);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    this.#sum += duration;
    this.#min = Math.min(this.#min, duration);
    this.#max = Math.max(this.#max, duration);
  }

  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  get max(): number {
    return this.#max;
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Returns the duration that `percent` of all stayed within, to 1.6 %. */
  percentile(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank && count > 0) return Math.min(upperBound(bucket), this.#max);
    }
    return this.#max;
  }

  /** Returns the counts per doubling, from the shortest to the longest duration that occurred. */
  doublings(): { readonly upTo: number; readonly count: number }[] {
    const rows = Array.from({ length: doublings }, (_, i) => ({
      upTo: upperBound((i + 1) * perDoubling - 1),
      count: this.#counts
        .subarray(i * perDoubling, (i + 1) * perDoubling)
        .reduce((sum, bucket) => sum + bucket, 0),
    }));
    const first = rows.findIndex(({ count }) => count > 0);
    const last = rows.findLastIndex(({ count }) => count > 0);
    return first < 0 ? [] : rows.slice(first, last + 1);
  }
}

/** Doublings start at one microsecond. The buckets of one doubling have equal width. */
function bucketOf(duration: number): number {
  const microseconds = Math.max(1, duration * 1000);
  const power = Math.min(doublings - 1, Math.floor(Math.log2(microseconds)));
  const within = Math.floor((microseconds / 2 ** power - 1) * perDoubling);
  return power * perDoubling + Math.max(0, Math.min(perDoubling - 1, within));
}

function upperBound(bucket: number): number {
  const power = Math.floor(bucket / perDoubling);
  return (2 ** power * (1 + ((bucket % perDoubling) + 1) / perDoubling)) / 1000;
}
