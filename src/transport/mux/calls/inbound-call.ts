import type { Inbound } from "../../transport.js";

/** Where a call came from. The signal is created on first use: most handlers do not use it, and it costs 1 µs. */
export class InboundCall implements Inbound {
  readonly remote: string;
  readonly timeout: number | undefined;
  readonly id: number;
  onAbort: (() => void) | undefined;
  /** Index in `InboundCalls`, which keeps it up to date. */
  index = 0;
  /** Bytes of the request. */
  readonly size: number;
  #controller: AbortController | undefined;
  #reason: unknown;
  #aborted = false;

  constructor(id: number, remote: string, size: number, timeout?: number) {
    this.id = id;
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
    for (const call of this.#calls) call.abort(reason);
  }
}
