import { Ejection } from "./ejection.js";
import { NodeLatency } from "./node-latency.js";

/** Shortest silence in milliseconds that makes a node suspect if it cannot be probed. */
const suspectHttpAfter = 1000;

/** What this process knows about a node from its own calls. Times are milliseconds on the monotonic clock. */
export class NodeState {
  /** Requests in flight. */
  outstanding = 0;
  /** Those of them whose body or response is being transferred: they do not wait for the node. */
  streaming = 0;
  /** When the node last answered, or got its first request after idling. */
  progressAt = 0;
  /** True if the node reports that it is degraded: it is ranked last. */
  degraded = false;
  /** True if the node speaks HTTP but not RPC: it cannot be probed, so only its answers tell whether it is healthy. */
  httpOnly = false;
  /** The nodes of the same service, including this one. */
  peers: readonly NodeState[] = [];
  readonly latency = new NodeLatency();
  readonly #ejection = new Ejection();
  /** Milliseconds that unanswered requests have waited since the node last answered. */
  #silence = 0;

  /** True while it gets no calls, until a probe succeeds or its time is over. */
  get ejected(): boolean {
    return this.#ejection.active;
  }

  /** True once the ejection has lasted long enough to probe the node. */
  probeDue(now: number): boolean {
    return this.#ejection.isProbeDue(now);
  }

  /** True if requests have waited too long without any answer. */
  suspect(now: number): boolean {
    if (!this.#isAwaited || this.#ejection.awaitsTrial) return false;
    return now - this.progressAt > this.#timeout;
  }

  /** Cost of the next call here: calls in flight times latency, which fades while nothing is measured. */
  cost(now: number): number {
    const load = (this.outstanding + this.latency.absent(now) + 1) * (1 + this.#latencyAt(now));
    const penalty = this.#ejection.penalty(now);
    return load * (this.degraded && penalty <= 1 ? 1e12 : penalty);
  }

  sent(now: number): void {
    if (this.outstanding++ === this.streaming) this.progressAt = now - this.#silence;
    // requests that hung before the trial do not count
    if (this.#ejection.sent()) this.progressAt = now;
  }

  answered(now: number, duration: number): void {
    this.outstanding--;
    this.heard(now, duration);
  }

  answeredFaulty(now: number, duration: number): void {
    this.outstanding--;
    this.refused(now, duration);
  }

  failed(): void {
    this.outstanding--;
    this.#ejection.failed();
  }

  /** Records that a request to a node that cannot be probed ended unanswered, perhaps after a long wait. */
  unanswered(now: number): void {
    const waited = this.#isAwaited ? now - this.progressAt : 0;
    this.failed();
    this.latency.unanswered(now, waited);
    if (!this.#isAwaited) this.#silence = waited;
    if (this.#ejection.onTrial || waited > this.#timeout) this.ejectSilent(now);
  }

  /** Records that a request in flight no longer waits for the node. */
  streams(): void {
    this.streaming++;
  }

  /** Records that a request in flight waits for an answer from now on. */
  waits(now: number): void {
    if (this.outstanding === this.streaming--) this.progressAt = now - this.#silence;
  }

  /** Records that the node sent something, `duration` milliseconds after the request if that is known. */
  heard(now: number, duration: number | undefined): void {
    this.progressAt = now;
    this.#silence = 0;
    if (this.#ejection.answered()) this.latency.restart(now);
    if (duration !== undefined) this.latency.answered(now, duration);
  }

  /** Records an error of the node itself. */
  refused(now: number, duration: number): void {
    this.heard(now, undefined);
    this.latency.refused(now, duration, this.#usualHere());
  }

  eject(now: number): void {
    this.#ejection.start(now, false);
  }

  /** Ejects a node that is silent and cannot be probed: it may just be slow. */
  ejectSilent(now: number): void {
    this.#ejection.start(now, true);
  }

  /** Ends the ejection. The node gets one call at a time until one is answered. */
  readmit(now: number): void {
    this.#ejection.readmit();
    this.#silence = 0;
    this.progressAt = now;
  }

  get #isAwaited(): boolean {
    return this.outstanding !== this.streaming;
  }

  get #timeout(): number {
    return Math.max(this.httpOnly ? suspectHttpAfter : 0, this.latency.patience);
  }

  /**
   * Latency for the cost. A node that cannot be probed is at least as slow as its current silence, which must not fade.
   */
  #latencyAt(now: number): number {
    if (!this.httpOnly || !this.#isAwaited) return this.latency.at(now);
    return Math.max(this.latency.at(this.progressAt), now - this.progressAt);
  }

  /** The latency of this node, or the average over the nodes of the service if that is more. */
  #usualHere(): number {
    let sum = 0;
    let known = 0;
    for (const { latency } of this.peers)
      if (latency.average > 0) {
        sum += latency.average;
        known++;
      }
    return Math.max(this.latency.average, known === 0 ? 0 : sum / known);
  }
}
