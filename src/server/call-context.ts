import type { Context } from "../core/context.js";
import { type Deadline, deadlineAt } from "../core/deadline.js";
import type { Metadata } from "../core/service.js";
import type { Inbound } from "../transport/transport.js";

/** What a handler knows of its call. Deadline and signal are made when somebody asks: a signal alone costs 1 µs. */
export class CallContext implements Context {
  readonly service: string;
  readonly method: string;
  readonly metadata: Metadata;
  readonly #inbound: Inbound;
  readonly #end: number;

  /** `end` is the point of the monotonic clock at which the caller stops waiting. */
  constructor(
    { service, method }: Pick<Context, "service" | "method">,
    metadata: Metadata,
    { inbound, end }: { readonly inbound: Inbound; readonly end: number },
  ) {
    this.service = service;
    this.method = method;
    this.metadata = metadata;
    this.#inbound = inbound;
    this.#end = end;
  }

  get deadline(): Deadline {
    return deadlineAt(this.#end);
  }

  get signal(): AbortSignal {
    return this.#inbound.signal;
  }

  get remote(): string {
    return this.#inbound.remote;
  }
}
