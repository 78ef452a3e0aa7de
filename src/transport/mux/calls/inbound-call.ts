import type { Message } from "../../../core/message.js";
import type { Inbound } from "../../transport.js";

export interface InboundCallOptions {
  readonly remote: string;
  /** Bytes of the request. */
  readonly size: number;
  readonly timeout?: number | undefined;
  /** Sends the reply of a call. */
  readonly settle?: (call: InboundCall, reply: Message) => void;
}

/** Where a call came from. The signal is created on first use: most handlers do not use it, and it costs 1 µs. */
export class InboundCall implements Inbound {
  readonly remote: string;
  readonly timeout: number | undefined;
  readonly id: number;
  onAbort: (() => void) | undefined;
  /** True once it was answered, or its caller has left. */
  settled = false;
  /** Index in `InboundCalls`, which keeps it up to date. */
  index = 0;
  /** Bytes of the request. */
  readonly size: number;
  readonly #settle: InboundCallOptions["settle"];
  #controller: AbortController | undefined;
  #reason: unknown;
  #aborted = false;

  /** @param settle Sends the reply of the call. */
  constructor(id: number, { remote, size, timeout, settle }: InboundCallOptions) {
    this.id = id;
    this.#settle = settle;
    this.remote = remote;
    this.size = size;
    this.timeout = timeout;
  }

  /** True once the caller no longer waits for the reply. */
  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  answer(reply: Message): void {
    this.#settle?.(this, reply);
  }

  /** The caller has cancelled or disconnected. */
  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.onAbort?.();
  }
}

/** Calls in flight, unordered. A list, as a `Map` by id is slow (see `CallTable`) and only a cancel looks one up. */
export class InboundCalls {
  readonly #calls: InboundCall[] = [];

  get size(): number {
    return this.#calls.length;
  }

  add(call: InboundCall): void {
    call.index = this.#calls.length;
    this.#calls.push(call);
  }

  /** Removes a call: the last one of the list moves to its index. */
  remove(call: InboundCall): void {
    const last = this.#calls.pop();
    if (last === undefined || last === call) return;
    last.index = call.index;
    this.#calls[call.index] = last;
  }

  find(id: number): InboundCall | undefined {
    return this.#calls.find((call) => call.id === id);
  }

  abort(reason: unknown): void {
    // a copy: a call that is aborted leaves the list
    for (const call of [...this.#calls]) call.abort(reason);
  }
}
