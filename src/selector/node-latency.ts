/** How fast an old latency is forgotten, in milliseconds: a slow node gets a call again after a few of these. */
const memory = 2000;
/** The least weight of the newest latency in the average. */
const newest = 0.2;
/** A duration counts at most this many times what is usual. */
const most = 4;
/** The least that counts as usual, in milliseconds. */
const leastUsual = 25;
/** How far one answer moves what is usual, if it was slower and if not: the two balance near the 99th percentile. */
const slower = 1.5;
const faster = 0.995;

/** How fast a node answers: an average that fades, and an estimate of what nearly every answer takes. In milliseconds. */
export class NodeLatency {
  #average = 0;
  #measuredAt = 0;
  /** An estimate of the 99th percentile. No single slow answer moves it far. */
  #usual = leastUsual;
  /**
   * When the node first answered, or first answered after a silence. Requests sent before that are not measured: the first
   * one dials, and its duration would keep other calls away from the node for seconds.
   */
  #since: number | undefined;
  /** Calls that would still be in flight, had they not failed so fast. Fades within the usual time of an answer. */
  #absent = 0;
  #absentAt = 0;
  #absentFor = 1;

  /** The average when the newest answer came. 0 if there was none. */
  get average(): number {
    return this.#average;
  }

  /** How long an answer may take before the node is suspect. At least 100 ms. */
  get patience(): number {
    return most * this.#usual;
  }

  /** The average as it has faded by `now`. */
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

  /** A request was given up after `waited`. */
  unanswered(now: number, waited: number): void {
    if (this.#average < waited) this.#measure(now, waited);
  }

  /**
   * The node answered with an error of its own. Failing fast is not working fast: it counts as if it had taken
   * `usualHere`, the usual time of the service, and stays in flight for as long. Otherwise a node that fails at once
   * would look idle and get most of the calls.
   */
  refused(now: number, duration: number, usualHere: number): void {
    const counted = Math.min(duration, most * this.#usual);
    this.#average = Math.max(usualHere, this.#average + (counted - this.#average) * newest);
    this.#measuredAt = now;
    if (duration >= usualHere) return;
    this.#absent = this.absent(now) + 1 - duration / usualHere;
    this.#absentAt = now;
    this.#absentFor = usualHere;
  }

  /** Calls that failed fast and still count as in flight. */
  absent(now: number): number {
    if (this.#absent === 0) return 0;
    const left = this.#absent * Math.exp((this.#absentAt - now) / this.#absentFor);
    if (left < 0.01) this.#absent = 0;
    return left;
  }

  /** Forgets the average: the node answers again after a silence. */
  restart(now: number): void {
    this.#since = now;
    this.#average = 0;
  }

  /** One slow answer among many quick ones does not outweigh them. */
  #measure(now: number, duration: number): void {
    const weight = Math.max(1 - this.#kept(now), newest);
    const counted = Math.min(duration, most * this.#usual, most * (1 + this.#average));
    this.#average += (counted - this.#average) * weight;
    this.#measuredAt = now;
  }

  #kept(now: number): number {
    return Math.exp((this.#measuredAt - now) / memory);
  }
}
