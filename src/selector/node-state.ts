import { Ejection } from "./ejection.js";
import { NodeLatency } from "./node-latency.js";

/** The least silence, in milliseconds, that makes a node suspect which cannot be probed. */
const suspectHttpAfter = 1000;

/** What this process knows of a node from its own calls. Times are in milliseconds on the monotonic clock. */
export class NodeState {
  /** Requests in flight. */
  outstanding = 0;
  /** Of those, the ones whose body or response is being sent: they do not wait for the node. */
  streaming = 0;
  /** When the node last answered, or got its first request after idling. */
  progressAt = 0;
  /** The node reports itself as degraded: it is ranked last. */
  degraded = false;
  /** The node speaks HTTP and no RPC: it cannot be probed, and only its answers tell how it is. */
  httpOnly = false;
  /** The nodes of the same service, this one among them. */
  peers: readonly NodeState[] = [];
  readonly latency = new NodeLatency();
  readonly #ejection = new Ejection();
  /** How long requests waited that ended without an answer, since the node last answered. */
  #silence = 0;

  /** True while it must get no call; false again once a probe or its time lets it in. */
  get ejected(): boolean {
    return this.#ejection.active;
  }

  /** True when the ejection has lasted long enough to probe the node. */
  probeDue(now: number): boolean {
    return this.#ejection.isProbeDue(now);
  }

  /** True when requests have waited for too long without any answer. */
  suspect(now: number): boolean {
    if (!this.#isAwaited || this.#ejection.awaitsTrial) return false;
    return now - this.progressAt > this.#patience;
  }

  /** What the next call would cost here: calls in flight times latency, which fades while nothing is measured. */
  cost(now: number): number {
    const load = (this.outstanding + this.latency.absent(now) + 1) * (1 + this.#latencyAt(now));
    const penalty = this.#ejection.penalty(now);
    return load * (this.degraded && penalty <= 1 ? 1e12 : penalty);
  }

  sent(now: number): void {
    if (this.outstanding++ === this.streaming) this.progressAt = now - this.#silence;
    // requests that hung before the trial say nothing of now
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

  /** A request to a node that cannot be probed ended without an answer. Its client may have waited for long. */
  unanswered(now: number): void {
    const waited = this.#isAwaited ? now - this.progressAt : 0;
    this.failed();
    this.latency.unanswered(now, waited);
    if (!this.#isAwaited) this.#silence = waited;
    if (this.#ejection.onTrial || waited > this.#patience) this.ejectSilent(now);
  }

  /** A request in flight does not wait for the node from now on. */
  streams(): void {
    this.streaming++;
  }

  /** A request in flight waits for an answer from now on. */
  waits(now: number): void {
    if (this.outstanding === this.streaming--) this.progressAt = now - this.#silence;
  }

  /** The node sent something, after `duration` milliseconds if that is known. */
  heard(now: number, duration: number | undefined): void {
    this.progressAt = now;
    this.#silence = 0;
    if (this.#ejection.answered()) this.latency.restart(now);
    if (duration !== undefined) this.latency.answered(now, duration);
  }

  /** The node answered with an error of its own. */
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

  /** Lets the node in again, with one call at a time until one is answered. */
  readmit(now: number): void {
    this.#ejection.readmit();
    this.#silence = 0;
    this.progressAt = now;
  }

  get #isAwaited(): boolean {
    return this.outstanding !== this.streaming;
  }

  get #patience(): number {
    return Math.max(this.httpOnly ? suspectHttpAfter : 0, this.latency.patience);
  }

  /** A node that cannot be probed counts as slow as it is silent: time without an answer must not fade. */
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
