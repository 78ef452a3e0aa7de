import type { Inbound } from "../transport.js";

/** Where a call came from. Its signal is made when somebody asks for it: most handlers never do, and it costs 1 µs. */
export class InboundCall implements Inbound {
  readonly remote: string;
  readonly timeout: number | undefined;
  /** Bytes of the request. */
  readonly size: number;
  #controller: AbortController | undefined;
  #reason: unknown;
  #aborted = false;

  constructor(remote: string, size: number, timeout?: number) {
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
