/** Slices of the window and their length in milliseconds: a minute in all. */
const slices = 6;
const sliceLength = 10_000;
/** Bounds of the hedge delay, in milliseconds. */
const shortest = 20;
const longest = 1000;
/** Calls needed before the percentile is trusted. */
const enough = 20;
/** Four buckets for each doubling of the latency, from a quarter of a millisecond on. */
const perDoubling = 4;
const buckets = 64;
/** Milliseconds for which a computed delay is reused: computing it per call took as long as the call. */
const delayFor = 100;

/** Latencies of one service's calls in the last minute, from which the hedge delay is computed. */
export class LatencyWindow {
  readonly #counts = Array.from({ length: slices }, () => new Uint32Array(buckets));
  #slice = 0;
  #sliceEnd = performance.now() + sliceLength;
  #delay = longest;
  #delayUntil = 0;

  record(duration: number): void {
    this.#rotate();
    const counts = this.#counts[this.#slice];
    const bucket = Math.max(
      0,
      Math.min(buckets - 1, Math.ceil(perDoubling * Math.log2(Math.max(duration, 1e-3) * 4))),
    );
    if (counts) counts[bucket] = (counts[bucket] ?? 0) + 1;
  }

  /** The 95th percentile, in milliseconds, between 20 and 1000; 1000 while too little is known. */
  hedgeDelay(): number {
    const now = performance.now();
    if (now < this.#delayUntil) return this.#delay;
    this.#rotate();
    this.#delay = this.#percentile();
    this.#delayUntil = now + delayFor;
    return this.#delay;
  }

  #percentile(): number {
    const sums = Array.from({ length: buckets }, (_, i) =>
      this.#counts.reduce((sum, counts) => sum + (counts[i] ?? 0), 0),
    );
    const total = sums.reduce((sum, count) => sum + count, 0);
    if (total < enough) return longest;
    const bucket = bucketAt(sums, 0.95 * total);
    return Math.max(shortest, Math.min(longest, 2 ** (bucket / perDoubling) / 4));
  }

  #rotate(): void {
    const now = performance.now();
    for (let passed = 0; now >= this.#sliceEnd && passed < slices; passed++) {
      this.#slice = (this.#slice + 1) % slices;
      this.#counts[this.#slice]?.fill(0);
      this.#sliceEnd += sliceLength;
    }
    if (now >= this.#sliceEnd) this.#sliceEnd = now + sliceLength;
  }
}

/** The bucket that holds the call of rank `rank`. */
function bucketAt(counts: readonly number[], rank: number): number {
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (seen >= rank) return bucket;
  }
  return counts.length;
}
