import type { Inbound } from "../../transport.js";

/** Where a call came from. Its signal is made when somebody asks for it: most handlers never do, and it costs 1 µs. */
export class InboundCall implements Inbound {
  readonly remote: string;
  readonly timeout: number | undefined;
  readonly id: number;
  /** Its place in the list of those under way; the list keeps it up to date. */
  place = 0;
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

  /** Nobody waits for the answer any more. */
  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** The caller cancelled or left. */
  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** Calls under way, in no order. A list, not a `Map` by number: see `CallTable`; only a cancel looks for one. */
export class InboundCalls {
  readonly #calls: InboundCall[] = [];

  get size(): number {
    return this.#calls.length;
  }

  add(call: InboundCall): void {
    call.place = this.#calls.length;
    this.#calls.push(call);
  }

  /** Takes out a call that is in the list: the last one gets its place. */
  remove(call: InboundCall): void {
    const last = this.#calls.pop();
    if (last === undefined || last === call) return;
    last.place = call.place;
    this.#calls[call.place] = last;
  }

  find(id: number): InboundCall | undefined {
    return this.#calls.find((call) => call.id === id);
  }

  abort(reason: unknown): void {
    for (const call of this.#calls) call.abort(reason);
  }
}
