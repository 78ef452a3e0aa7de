import { spread } from "../core/time/backoff.js";

/** How fast an old latency is forgotten, in milliseconds: a node that was slow gets a call again after a few of these. */
const memory = 2000;
/** The least weight of the newest latency in the average. */
const newest = 0.2;
/** First and longest ejection, in milliseconds; each further one doubles. */
const firstEjection = 1000;
const longestEjection = 30_000;
/** A node that stayed well this long starts again with the first ejection. */
const forgiven = 30_000;
/** A node that answered nothing for this long, though asked, is under suspicion; at least, and as a multiple of its usual time. */
const suspectAfter = 100;
const suspectFactor = 4;
/** The least for a node that cannot be asked how it is. */
const suspectPlainAfter = 1000;
/** What is usual moves so far with one answer that took longer, and with one that did not: near the 99th percentile both weigh the same. */
const slower = 1.5;
const faster = 0.995;

/** What this process knows of one node from its own calls: what is under way, how fast it answers, whether it is out. */
export class NodeState {
  outstanding = 0;
  /** Of those, the ones that wait for nothing: their body is on its way, or their answer. */
  flowing = 0;
  /** When the node last answered, or got its first request after idling. */
  progressAt = 0;
  /** The node says that it is up but not well: ranked last. */
  degraded = false;
  /** It speaks HTTP and no RPC: it cannot be asked how it is, and only what is wanted of it tells. */
  plain = false;
  /** The nodes of the same service, itself among them: what is usual there. */
  peers: readonly NodeState[] = [];
  /** An estimate of the time to nearly every answer: no single slow one moves it far. */
  #usual = suspectAfter / suspectFactor;
  #latency = 0;
  /** Calls that would be under way still, had they not failed so fast; each fades in the time that is usual. */
  #absent = 0;
  #absentAt = 0;
  #absentFor = 1;
  #measuredAt = 0;
  #ejectedUntil = 0;
  #ejections = 0;
  #ejectedAt = 0;
  #failedAt = 0;
  /** It was taken out for its silence alone. */
  #wasSilent = false;
  /**
   * When it first answered, or did after such a silence: what was asked before is not measured. The first of a node dials,
   * and that would keep all others away from it for seconds.
   */
  #heardAgainAt: number | undefined;
  /** Milliseconds for which requests waited that ended without an answer, since it last answered. */
  #silence = 0;
  #trial = false;
  /** The one call of its trial was sent. */
  #tried = false;

  /** Of the last answers, as it was when the newest came; 0 where there was none. */
  get latency(): number {
    return this.#latency;
  }

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

  /** True when it has answered nothing for too long, though asked. */
  suspect(now: number): boolean {
    if (this.outstanding === this.flowing || (this.#trial && !this.#tried)) return false;
    return now - this.progressAt > this.#patience;
  }

  sent(now: number): void {
    if (this.outstanding++ === this.flowing) this.progressAt = now - this.#silence;
    if (!this.#trial) return;
    // what hung before it came back says nothing of now
    this.#tried = true;
    this.progressAt = now;
  }

  answered(now: number, duration: number): void {
    this.outstanding--;
    this.heard(now, duration);
  }

  /** A request that is under way waits for nothing now. */
  flows(): void {
    this.flowing++;
  }

  /** A request that is under way waits for an answer from now on. */
  waits(now: number): void {
    if (this.outstanding === this.flowing--) this.progressAt = now - this.#silence;
  }

  /** The node sent something, after `duration` milliseconds where these are known. */
  heard(now: number, duration: number | undefined): void {
    this.progressAt = now;
    this.#silence = 0;
    this.#trial = false;
    if (this.#ejectedUntil !== 0) this.#ejectedUntil = 0;
    if (this.#wasSilent) this.#acquit(now);
    if (duration === undefined) return;
    if (this.#heardAgainAt === undefined) this.#heardAgainAt = now;
    else if (now - duration >= this.#heardAgainAt) this.#measure(now, duration);
    this.#usual =
      duration > this.#usual
        ? Math.min(this.#usual * slower, duration)
        : Math.max(this.#usual * faster, suspectAfter / suspectFactor);
  }

  answeredFaulty(now: number, duration: number): void {
    this.outstanding--;
    this.refused(now, duration);
  }

  /**
   * The node answered with an error of its own, at once perhaps: that is no work done fast. It counts as if it had taken
   * what is usual, and as under way for as long: without that, a node that fails at once is idle and takes most calls.
   */
  refused(now: number, duration: number): void {
    this.heard(now, undefined);
    const usual = this.#usualHere();
    const counted = Math.min(duration, suspectFactor * this.#usual);
    this.#latency = Math.max(usual, this.#latency + (counted - this.#latency) * newest);
    this.#measuredAt = now;
    if (duration >= usual) return;
    this.#absent = this.#absentNow(now) + 1 - duration / usual;
    this.#absentAt = now;
    this.#absentFor = usual;
  }

  failed(): void {
    this.outstanding--;
    this.#tried = false;
  }

  /** A request ended that a node had not answered which cannot be asked: who left may have waited for long. */
  unanswered(now: number): void {
    const waited = this.outstanding === this.flowing ? 0 : now - this.progressAt;
    this.failed();
    if (this.#latency < waited) this.#measure(now, waited);
    if (this.outstanding === this.flowing) this.#silence = waited;
    if (this.#trial || waited > this.#patience) this.ejectSilent(now);
  }

  /** Takes the node out: 1 s at first, twice as long each time, up to 30 s, ± 20 % so that callers do not return as one. */
  eject(now: number): void {
    this.#failedAt = now;
    this.#wasSilent = false;
    if (this.ejected) return;
    if (now - this.#ejectedAt > forgiven + longestEjection) this.#ejections = 0;
    const length = Math.min(longestEjection, firstEjection * 2 ** this.#ejections++);
    this.#ejectedAt = now;
    this.#ejectedUntil = now + spread(length);
  }

  /** Takes out a node that is silent, and cannot be asked why: slow work looks the same. */
  ejectSilent(now: number): void {
    this.eject(now);
    this.#wasSilent = true;
  }

  /** Lets the node in again, with one call at a time until one is answered. */
  readmit(now: number): void {
    this.#ejectedUntil = 0;
    this.#trial = true;
    this.#tried = false;
    this.#silence = 0;
    this.progressAt = now;
  }

  /** What the next call would cost here: the calls under way times the latency, which fades while nothing is measured. */
  cost(now: number): number {
    const absent = this.#absent === 0 ? 0 : this.#absentNow(now);
    const load = (this.outstanding + absent + 1) * (1 + this.#latencyAt(now));
    // of those that are out, the one that failed last is the least likely to be back
    if (this.ejected) return load * 1e18 * (1 + memory / (1 + now - this.#failedAt));
    if (this.#trial && this.#tried) return load * 1e15;
    if (this.degraded) return load * 1e12;
    // what hung before must not keep it from the one call that shows that it is back
    return this.#trial ? 0 : load;
  }

  /** A node that cannot be asked seems as slow as it is silent: what it answers nothing for must not be forgotten. */
  #latencyAt(now: number): number {
    if (!this.plain || this.outstanding === this.flowing) return this.#latency * this.#kept(now);
    return Math.max(this.#latency * this.#kept(this.progressAt), now - this.progressAt);
  }

  #absentNow(now: number): number {
    const left = this.#absent * Math.exp((this.#absentAt - now) / this.#absentFor);
    if (left < 0.01) this.#absent = 0;
    return left;
  }

  /** What an answer of this node takes, or, where that is more, one of all nodes that have given any. */
  #usualHere(): number {
    let sum = 0;
    let known = 0;
    for (const { latency } of this.peers)
      if (latency > 0) {
        sum += latency;
        known++;
      }
    return Math.max(this.#latency, known === 0 ? 0 : sum / known);
  }

  /** It answers again: how long that took says nothing of now. */
  #acquit(now: number): void {
    this.#wasSilent = false;
    this.#heardAgainAt = now;
    this.#ejections = 0;
    this.#latency = 0;
  }

  /** One slow answer among quick ones must not outweigh a hundred of them. */
  #measure(now: number, duration: number): void {
    const weight = Math.max(1 - this.#kept(now), newest);
    const counted = Math.min(duration, suspectFactor * this.#usual, suspectFactor * (1 + this.#latency));
    this.#latency += (counted - this.#latency) * weight;
    this.#measuredAt = now;
  }

  get #patience(): number {
    return Math.max(this.plain ? suspectPlainAfter : suspectAfter, suspectFactor * this.#usual);
  }

  #kept(now: number): number {
    return Math.exp((this.#measuredAt - now) / memory);
  }
}
