import type { Node } from "../core/service.js";
import { type Clock, systemClock } from "../core/time/clock.js";
import type { NodeState } from "./node-state.js";
import type { ForwardedRequest, Outcome, Selector } from "./selector.js";

/** Receives the outcome of a request. */
interface Told {
  /** The request ended without an answer. */
  failed(error: unknown, now: number): void;
  /** The node began to answer. */
  answered(): void;
}

/** An HTTP request that is forwarded to a node. Reports its progress to the node's state. */
export class TrackedRequest implements ForwardedRequest {
  readonly #state: NodeState;
  readonly #clock: Clock;
  readonly #told: Told;
  /** When the node had the whole request. Undefined while its body is being sent. */
  #askedAt: number | undefined;
  #began = false;

  constructor(
    state: NodeState,
    told: Told,
    { uploading, clock }: { readonly uploading: boolean; readonly clock: Clock },
  ) {
    this.#clock = clock;
    this.#state = state;
    this.#told = told;
    if (uploading) state.streams();
    else this.#askedAt = clock.now();
  }

  asked(): void {
    if (this.#askedAt !== undefined || this.#began) return;
    this.#askedAt = this.#clock.now();
    this.#state.waits(this.#askedAt);
  }

  began(status = 200): void {
    if (this.#began) return;
    this.#began = true;
    const now = this.#clock.now();
    if (this.#askedAt !== undefined) this.#state.streams();
    // an answer before the end of the body says nothing about the node's speed
    const duration = this.#askedAt === undefined ? undefined : now - this.#askedAt;
    if (status < 500) this.#state.heard(now, duration);
    else this.#state.refused(now, duration ?? 0);
    this.#told.answered();
  }

  ended(error?: unknown): void {
    const began = this.#began;
    this.#began = true;
    if (began) this.#state.outstanding--;
    else this.#told.failed(error, this.#clock.now());
    // last, because a node without the whole request was not waited for
    if (began || this.#askedAt === undefined) this.#state.streaming--;
  }
}

/** Reports a forwarded request to `selector`, with `forwarded` if it has that method. */
export function trackForwarded(selector: Selector, node: Node, uploading: boolean): ForwardedRequest {
  return selector.forwarded?.(node, uploading) ?? new MarkedRequest(selector, node, uploading);
}

/**
 * For selectors with `sent` and `mark` only. The node is marked when its response begins, so its length does not count
 * against the node.
 */
class MarkedRequest implements ForwardedRequest {
  readonly #selector: Selector;
  readonly #node: Node;
  #askedAt = systemClock.now();
  #waits: boolean;
  #marked = false;

  constructor(selector: Selector, node: Node, uploading: boolean) {
    this.#selector = selector;
    this.#node = node;
    this.#waits = !uploading;
    selector.sent(node, this.#askedAt);
  }

  asked(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#askedAt = systemClock.now();
  }

  began(status = 200): void {
    this.#mark({ faulty: status >= 500 });
  }

  ended(error?: unknown): void {
    this.#mark({ error });
  }

  #mark(outcome: Omit<Outcome, "duration">): void {
    if (this.#marked) return;
    this.#marked = true;
    const now = systemClock.now();
    this.#selector.mark(this.#node, { duration: now - this.#askedAt, ...outcome }, now);
  }
}
