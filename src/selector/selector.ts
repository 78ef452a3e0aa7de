import type { Abortable, Closeable } from "../core/closeable.js";
import type { Node, Service } from "../core/service.js";
import type { Deadline } from "../core/time/deadline.js";

/** Picks the node that takes the next request. */
export interface Selector extends Closeable {
  /**
   * Finds the nodes of a service, and returns the function that picks one of them. Returns it without a promise when the
   * service is known already: that is the hot path.
   * @throws {MicroError} 404 when no node is registered, or the filters leave none. 503 when the registry does not answer.
   */
  select(service: string, options?: SelectOptions): Next | Promise<Next>;
  /**
   * Reports that a request to `node` was sent. `now` is the time on the monotonic clock, if the caller has just
   * read it.
   */
  sent(node: Node, now?: number): void;
  /** Reports how a request to `node` ended. Call it once for each `sent`. */
  mark(node: Node, outcome: Outcome, now?: number): void;
  /**
   * Reports that an HTTP request is forwarded to `node`. Used instead of `sent` and `mark`, which also serve a selector
   * without this method. `uploading` is true while the body of the request is on its way. A node that is used like this
   * gets no probes of `Debug.Health`, unless its metadata says that it answers calls. Optional.
   */
  forwarded?(node: Node, uploading: boolean): ForwardedRequest;
  /** The number of nodes that are out and have answered no call since, by service. Optional. */
  nodesOut?(): ReadonlyMap<string, number>;
}

/** An HTTP request that is forwarded to a node. Its body and its response may take any time. */
export interface ForwardedRequest {
  /** Reports that the node has the whole body: from now on it counts as silent until it answers. */
  asked(): void;
  /** Reports that the response began, with its HTTP status. */
  began(status?: number): void;
  /** Reports the end of the request, with the error if there was no response. Call it once. */
  ended(error?: unknown): void;
}

/** Returns one node at each call, as the strategy picks. */
export type Next = () => Node;

/**
 * Picks among the nodes of the versions found. Built in: least outstanding of two (default), `random`,
 * `roundRobin`.
 */
export type Strategy = (services: readonly Service[]) => Next;

/** Narrows the versions found. A version that is left without nodes is dropped. */
export type Filter = (services: readonly Service[]) => readonly Service[];

/** Options of `Selector.select`. */
export interface SelectOptions extends Abortable {
  /** Filters, applied in order. Default: none. */
  readonly filters?: readonly Filter[];
  /** Strategy of this call. Default: that of the selector. */
  readonly strategy?: Strategy;
  /**
   * The method to call. Versions that registered endpoints but not this one are left out, if another version has
   * it.
   */
  readonly endpoint?: string;
  /**
   * When the call has to be over. Limits how long the lookup of an unknown service may take. Default: 5 s from now.
   */
  readonly deadline?: Deadline;
}

/** How a request ended. */
export interface Outcome {
  /** Milliseconds from sending the request to its end. */
  readonly duration: number;
  /** The failure of the node: refused, lost, timed out. Absent if the service answered, even with an error. */
  readonly error?: unknown;
  /**
   * True if the node answered with an error of its own (5xx, refused, no such method): `duration` then says nothing
   * about its speed.
   */
  readonly faulty?: boolean;
}
