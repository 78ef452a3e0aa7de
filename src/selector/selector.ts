import type { Abortable, Closeable } from "../core/closeable.js";
import type { Deadline } from "../core/deadline.js";
import type { Node, Service } from "../core/service.js";

/** Picks the node that takes the next request. */
export interface Selector extends Closeable {
  /**
   * At once for a service that is known, which is the hot path; else when the registry has answered.
   * @throws {MicroError} 404 when the filters leave no node.
   */
  select(service: string, options?: SelectOptions): Next | Promise<Next>;
  /** Tells that a request to `node` was sent, at `now` of the monotonic clock. */
  sent(node: Node, now?: number): void;
  /** Tells how a request to `node` ended: its time, and its error if it failed. */
  mark(node: Node, outcome: Outcome, now?: number): void;
  /**
   * Tells that a request is handed on to `node` as HTTP, `uploading` while its body is on the way: instead of `sent` and
   * `mark`, which tell a selector that has none. A node that is used so is asked for nothing else, unless it says that it
   * answers calls.
   */
  passes?(node: Node, uploading: boolean): Passage;
}

/** A request on its way as HTTP: its body and its answer may take as long as they like. */
export interface Passage {
  /** The node has all of the body: from now on its answer is waited for. */
  asked(): void;
  /** The answer began, with that status. */
  began(status?: number): void;
  /** It is over: once. With what went wrong, if there was no answer. */
  ended(error?: unknown): void;
}

/** Returns one node at each call, in the order of the strategy. */
export type Next = () => Node;

/** Orders the nodes of the versions found: `leastOutstanding` (default), `random`, `roundRobin`. */
export type Strategy = (services: readonly Service[]) => Next;

/** Narrows the versions found; a version left without nodes is dropped. */
export type Filter = (services: readonly Service[]) => readonly Service[];

export interface SelectOptions extends Abortable {
  /** Applied in order. */
  readonly filters?: readonly Filter[];
  readonly strategy?: Strategy;
  /** What is called: versions that registered other endpoints and not this one are left out, where any other is there. */
  readonly endpoint?: string;
  /** When the call has to be over: looking up a service that is not known may take until then. Default: 5 s. */
  readonly deadline?: Deadline;
}

export interface Outcome {
  /** Milliseconds from sending to the end. */
  readonly duration: number;
  /** What the node did wrong; an error that the service itself answered is none. */
  readonly error?: unknown;
  /** It answered with an error of its own (5xx, refused, no such method): the time says nothing of how fast it works. */
  readonly faulty?: boolean;
}
