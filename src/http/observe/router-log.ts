import type { FastifyBaseLogger } from "fastify";
import type { Log } from "../../core/log/log.js";

/** Passes errors that fastify has caught to the log. Drops its other messages, which the access log covers. */
export class RouterLog implements Omit<FastifyBaseLogger, "child" | "msgPrefix"> {
  level = "error";
  readonly #log: Log;
  readonly #request: (() => string) | undefined;

  /** `request` returns the id of the request that is logged. */
  constructor(log: Log, request?: () => string) {
    this.#log = log;
    this.#request = request;
  }

  error(said: unknown): void {
    const err = (said as { err?: unknown } | undefined)?.err ?? said;
    const request = this.#request && { request: this.#request() };
    const { code, message } = (err ?? {}) as NodeJS.ErrnoException;
    // A protocol error of the peer: one line, so that clients cannot flood the log with stacks.
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
