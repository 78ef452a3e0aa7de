import type { Inbound } from "../../transport.js";

/** Where a request came from. The signal is created on first use. */
export class HttpInbound implements Inbound {
  readonly remote: string;
  onAbort: (() => void) | undefined;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(remote: string) {
    this.remote = remote;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** The caller has disconnected. */
  abort(reason: unknown): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.onAbort?.();
  }
}
