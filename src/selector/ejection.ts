import { spread } from "../core/time/backoff.js";

/** First and longest ejection, in milliseconds. Each further one lasts twice as long. */
const firstEjection = 1000;
const longestEjection = 30_000;
/** Milliseconds after the longest ejection without a new one, after which the next is a first one again. */
const forgiven = 30_000;
/** Milliseconds for which a failure makes a node the last choice among ejected ones. */
const recent = 2000;

/**
 * Whether a node gets calls: in use, ejected, or on trial. An ejected node gets none until a probe succeeds or its time
 * is over. Then it is on trial: one call at a time, until one is answered.
 */
export class Ejection {
  /** When it may end. 0 while the node is not ejected. */
  #until = 0;
  /** Number of ejections in a row, and when the last one began. */
  #count = 0;
  #startedAt = 0;
  #failedAt = 0;
  /** True if the node was ejected only because it did not answer. */
  #forSilence = false;
  #trial = false;
  /** True once the one call of the trial was sent. */
  #tried = false;

  get active(): boolean {
    return this.#until !== 0;
  }

  /** True while the node is on trial and its one call has not been sent. */
  get awaitsTrial(): boolean {
    return this.#trial && !this.#tried;
  }

  get onTrial(): boolean {
    return this.#trial;
  }

  /** True once it has lasted long enough to probe the node. */
  isProbeDue(now: number): boolean {
    return this.#until !== 0 && now >= this.#until;
  }

  /** Ejects the node for 1 s at first and up to 30 s later, ± 20 % so that callers do not return at the same time. */
  start(now: number, forSilence: boolean): void {
    this.#failedAt = now;
    this.#forSilence = forSilence;
    if (this.#until !== 0) return;
    if (now - this.#startedAt > forgiven + longestEjection) this.#count = 0;
    const length = Math.min(longestEjection, firstEjection * 2 ** this.#count++);
    this.#startedAt = now;
    this.#until = now + spread(length);
  }

  /** Ends the ejection and begins the trial. */
  readmit(): void {
    this.#until = 0;
    this.#trial = true;
    this.#tried = false;
  }

  /** A call was sent. Returns true while the node is on trial. */
  sent(): boolean {
    if (this.#trial) this.#tried = true;
    return this.#trial;
  }

  /** A call ended without an answer. */
  failed(): void {
    this.#tried = false;
  }

  /** The node answered: it is in use again. Returns true if it had been ejected for its silence. */
  answered(): boolean {
    this.#trial = false;
    this.#until = 0;
    if (!this.#forSilence) return false;
    this.#forSilence = false;
    this.#count = 0;
    return true;
  }

  /** Factor for the cost of a call. 0 for the call of a trial, so that the node gets it. */
  penalty(now: number): number {
    // among ejected nodes, the one that failed last is the least likely to be back
    if (this.#until !== 0) return 1e18 * (1 + recent / (1 + now - this.#failedAt));
    if (this.#trial) return this.#tried ? 1e15 : 0;
    return 1;
  }
}
