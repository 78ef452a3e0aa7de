/** Time constant in milliseconds with which latencies fade. After a few of these, a slow node gets a call again. */
const memory = 2000;
/** Smallest weight of the newest latency in the average. */
const newest = 0.2;
/** Cap on a duration, as a multiple of the usual one. */
const cap = 4;
/** Smallest usual duration in milliseconds. */
const leastUsual = 25;
/**
 * Factors by which one answer moves the usual duration, if it was slower and if not. They balance near the 99th
 * percentile.
 */
const slower = 1.5;
const faster = 0.995;

/**
 * Latency of a node in milliseconds: an average that fades, and an estimate of the usual duration, which nearly every
 * answer stays below.
 */
export class NodeLatency {
  #average = 0;
  #measuredAt = 0;
  /** An estimate of the 99th percentile. No single slow answer moves it far. */
  #usual = leastUsual;
  /**
   * When the node first answered, or first answered after a silence. Requests sent before that are not measured: the
   * first includes the dial, and would keep other calls away from the node for seconds.
   */
  #since: number | undefined;
  /** Calls that would still be in flight if they had not failed so fast. Fades within the usual duration. */
  #failedFast = 0;
  #failedFastAt = 0;
  #failedFastFor = 1;

  /** The average at the time of the newest answer. 0 if there was none. */
  get average(): number {
    return this.#average;
  }

  /** How long an answer may take before the node is suspect. At least 100 ms. */
  get patience(): number {
    return cap * this.#usual;
  }

  /** Returns the average, faded until `now`. */
  at(now: number): number {
    return this.#average * this.#kept(now);
  }

  answered(now: number, duration: number): void {
    if (this.#since === undefined) this.#since = now;
    else if (now - duration >= this.#since) this.#measure(now, duration);
    this.#usual =
      duration > this.#usual
        ? Math.min(this.#usual * slower, duration)
        : Math.max(this.#usual * faster, leastUsual);
  }

  /** Records that a request was given up after `waited` milliseconds. */
  unanswered(now: number, waited: number): void {
    if (this.#average < waited) this.#measure(now, waited);
  }

  /**
   * Records an error of the node itself. Failing fast is not working fast: the error counts as if it had taken
   * `usualHere`, the usual duration of the service, and stays in flight for that long. Otherwise a node that fails at
   * once would look idle, and get most of the calls.
   */
  refused(now: number, duration: number, usualHere: number): void {
    const counted = Math.min(duration, cap * this.#usual);
    this.#average = Math.max(usualHere, this.#average + (counted - this.#average) * newest);
    this.#measuredAt = now;
    if (duration >= usualHere) return;
    this.#failedFast = this.absent(now) + 1 - duration / usualHere;
    this.#failedFastAt = now;
    this.#failedFastFor = usualHere;
  }

  /** Number of calls that failed fast and still count as in flight. */
  absent(now: number): number {
    if (this.#failedFast === 0) return 0;
    const left = this.#failedFast * Math.exp((this.#failedFastAt - now) / this.#failedFastFor);
    if (left < 0.01) this.#failedFast = 0;
    return left;
  }

  /** Forgets the average, because the node answers again after a silence. */
  restart(now: number): void {
    this.#since = now;
    this.#average = 0;
  }

  /** Adds a duration to the average, capped so that one slow answer does not outweigh many quick ones. */
  #measure(now: number, duration: number): void {
    const weight = Math.max(1 - this.#kept(now), newest);
    const counted = Math.min(duration, cap * this.#usual, cap * (1 + this.#average));
    this.#average += (counted - this.#average) * weight;
    this.#measuredAt = now;
  }

  #kept(now: number): number {
    return Math.exp((this.#measuredAt - now) / memory);
  }
}
