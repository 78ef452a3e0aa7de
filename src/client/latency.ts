/** Slices of the window and their length in milliseconds: a minute in all. */
const slices = 6;
const sliceLength = 10_000;
/** Bounds of the hedge delay, and the samples needed before the window is believed, in milliseconds and calls. */
const shortest = 20;
const longest = 1000;
const enough = 20;
/** Four buckets for each doubling of the latency, from a quarter of a millisecond on. */
const perDoubling = 4;
const buckets = 64;
/** Milliseconds for which a delay that was worked out is good: doing it for each call took as long as a call. */
const delayFor = 100;

/** How long calls of one service took in the last minute: says when a call is late enough to be asked twice. */
export class LatencyWindow {
  readonly #counts = Array.from({ length: slices }, () => new Uint32Array(buckets));
  #slice = 0;
  #sliceEnd = performance.now() + sliceLength;
  #delay = longest;
  #delayUntil = 0;

  record(duration: number): void {
    this.#turn();
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
    this.#turn();
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

  #turn(): void {
    const now = performance.now();
    for (let turns = 0; now >= this.#sliceEnd && turns < slices; turns++) {
      this.#slice = (this.#slice + 1) % slices;
      this.#counts[this.#slice]?.fill(0);
      this.#sliceEnd += sliceLength;
    }
    if (now >= this.#sliceEnd) this.#sliceEnd = now + sliceLength;
  }
}

/** The bucket in which the call of that rank stands. */
function bucketAt(counts: readonly number[], rank: number): number {
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (seen >= rank) return bucket;
  }
  return counts.length;
}
