/** How fast an old latency is forgotten, in milliseconds: a node that was slow gets a call again after a few of these. */
const memory = 2000;
/** The least weight of the newest latency in the average. */
const newest = 0.2;
/** First and longest ejection, in milliseconds; each further one doubles. */
const firstEjection = 1000;
const longestEjection = 30_000;
/** A node that stayed well this long starts again with the first ejection. */
const forgiven = 30_000;

/** What this process knows of one node from its own calls: what is under way, how fast it answers, whether it is out. */
export class NodeState {
  outstanding = 0;
  /** When the node last answered, or got its first request after idling. */
  progressAt = 0;
  /** The node says that it is up but not well: ranked last. */
  degraded = false;
  #latency = 0;
  #measuredAt = 0;
  #ejectedUntil = 0;
  #ejections = 0;
  #ejectedAt = 0;
  #trial = false;

  /** True while it must get no call; false again once a probe or its time lets it in. */
  get ejected(): boolean {
    return this.#ejectedUntil !== 0;
  }

  /** True when the ejection has lasted long enough to ask whether the node is back. */
  probeDue(now: number): boolean {
    return this.ejected && now >= this.#ejectedUntil;
  }

  /** True for a node that came back and has not answered since: one call at a time. */
  get onTrial(): boolean {
    return this.#trial;
  }

  sent(now: number): void {
    if (this.outstanding++ === 0) this.progressAt = now;
  }

  answered(now: number, duration: number): void {
    this.outstanding--;
    this.progressAt = now;
    this.#trial = false;
    if (this.#ejectedUntil !== 0) this.#ejectedUntil = 0;
    const weight = Math.max(1 - this.#kept(now), newest);
    this.#latency += (duration - this.#latency) * weight;
    this.#measuredAt = now;
  }

  failed(): void {
    this.outstanding--;
  }

  /** Takes the node out: 1 s at first, twice as long each time, up to 30 s, ± 20 % so that callers do not return as one. */
  eject(now: number): void {
    if (this.ejected) return;
    if (now - this.#ejectedAt > forgiven + longestEjection) this.#ejections = 0;
    const length = Math.min(longestEjection, firstEjection * 2 ** this.#ejections++);
    this.#ejectedAt = now;
    this.#ejectedUntil = now + length * (0.8 + 0.4 * Math.random());
  }

  /** Lets the node in again, with one call at a time until one is answered. */
  readmit(): void {
    this.#ejectedUntil = 0;
    this.#trial = true;
  }

  /** What the next call would cost here: the calls under way times the latency, which fades while nothing is measured. */
  cost(now: number): number {
    const load = (this.outstanding + 1) * (1 + this.#latency * this.#kept(now));
    if (this.ejected) return load * 1e18;
    if (this.#trial && this.outstanding > 0) return load * 1e15;
    return this.degraded ? load * 1e12 : load;
  }

  #kept(now: number): number {
    return Math.exp((this.#measuredAt - now) / memory);
  }
}
