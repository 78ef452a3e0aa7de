import type { FastifyBaseLogger } from "fastify";
import type { Log } from "../../core/log/log.js";

/** What the framework says of errors that it caught itself, for our log; all else that it says is in the access log. */
export class RouterLog implements Omit<FastifyBaseLogger, "child" | "msgPrefix"> {
  level = "error";
  readonly #log: Log;
  readonly #request: (() => string) | undefined;

  /** `request` tells the id of the request that it speaks of. */
  constructor(log: Log, request?: () => string) {
    this.#log = log;
    this.#request = request;
  }

  error(said: unknown): void {
    const err = (said as { err?: unknown } | undefined)?.err ?? said;
    const request = this.#request && { request: this.#request() };
    const { code, message } = (err ?? {}) as NodeJS.ErrnoException;
    // what a peer sends is its own fault, and anybody could fill the log with it
    if (typeof code === "string" && code.startsWith("WS_ERR_"))
      this.#log.warn({ what: message, ...request }, "WebSocket closed: not its protocol");
    else this.#log.error({ err, ...request }, "request failed");
  }

  fatal(said: unknown): void {
    this.error(said);
  }

  child(): this {
    return this;
  }

  warn(): void {}
  info(): void {}
  debug(): void {}
  trace(): void {}
  silent(): void {}
}
