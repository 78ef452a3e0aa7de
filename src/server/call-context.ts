import type { Context } from "../core/context.js";
import type { Message } from "../core/message.js";
import type { Metadata } from "../core/service.js";
import { type Deadline, deadlineAt } from "../core/time/deadline.js";
import type { Inbound } from "../transport/transport.js";

/** The context of one call. Metadata, deadline and signal are created on first use: a signal costs 1 µs. */
export class CallContext implements Context {
  readonly service: string;
  readonly method: string;
  readonly #message: Message;
  readonly #inbound: Inbound;
  readonly #end: number;

  /** `end` is the time of the monotonic clock at which the caller stops waiting. */
  constructor(
    { service, method }: Pick<Context, "service" | "method">,
    message: Message,
    { inbound, end }: { readonly inbound: Inbound; readonly end: number },
  ) {
    this.service = service;
    this.method = method;
    this.#message = message;
    this.#inbound = inbound;
    this.#end = end;
  }

  get metadata(): Metadata {
    return this.#message.header;
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
