import type { IncomingCall } from "../codec/rpc/rpc.js";
import type { Message } from "../core/message.js";
import type { Calls, Expiring } from "../core/time/deadline-sweeper.js";
import type { Inbound } from "../transport/transport.js";

/** A handler that runs, and for whom. */
export interface Work {
  readonly lingering: Lingering;
  readonly inbound: Inbound;
  readonly call: IncomingCall;
}

/** The handlers of one method whose calls are over: their callers have left, or their deadline has passed. */
export class Lingering {
  readonly method: string;
  /** Handlers that still run. At the limit, further calls of the method are refused. */
  count = 0;
  /** Those of them that have run on for more than a second. */
  overdue = 0;
  /** When the next line about them may be logged, on the monotonic clock. */
  nextLine = 0;
  /** When the next line about refused calls may be logged. */
  nextRefusal = 0;

  constructor(method: string) {
    this.method = method;
  }
}

/** The handler of one call, until it settles. */
export class RunningCall implements Expiring {
  readonly lingering: Lingering;
  readonly inbound: Inbound;
  readonly call: IncomingCall;
  /** When its state changes next, on the monotonic clock. */
  expires: number;
  state: "waited for" | "over" | "overdue" | "done" = "waited for";
  /** Takes the reply when the call is over, instead of the transport. */
  answer: ((reply: Message) => void) | undefined;
  /** Index in the list, which keeps it up to date. */
  index = 0;

  constructor({ lingering, inbound, call }: Work, expires: number) {
    this.lingering = lingering;
    this.inbound = inbound;
    this.call = call;
    this.expires = expires;
  }
}

/** Calls, unordered. An array, as adding to a `Set` and removing costs several times as much. */
export class RunningList implements Calls<RunningCall> {
  readonly #calls: RunningCall[] = [];

  get size(): number {
    return this.#calls.length;
  }

  add(call: RunningCall): void {
    call.index = this.#calls.length;
    this.#calls.push(call);
  }

  /** Removes a call: the last one of the list moves to its index. */
  remove(call: RunningCall): void {
    const last = this.#calls.pop();
    if (last === undefined || last === call) return;
    last.index = call.index;
    this.#calls[call.index] = last;
  }

  /** From the last to the first: what moves when the current one is removed has been seen. */
  *values(): Generator<RunningCall> {
    for (let i = this.#calls.length - 1; i >= 0; i--) {
      const call = this.#calls[i];
      if (call) yield call;
    }
  }
}
