import type { FastifyInstance } from "fastify";
import type { Closeable } from "../core/closeable.js";
import { MicroError } from "../core/errors.js";
import { silent } from "../core/log.js";
import { Token } from "./admission/token.js";
import { isLocal, resolvePlace } from "./listener/bind.js";
import { listener } from "./listener/listener.js";
import type { Metrics } from "./observe/metrics.js";
import type { HttpOptions } from "./options.js";

export type { Exchange, Front } from "./message/exchange.js";
export type { HttpOptions } from "./options.js";

/** A program's listener: add routes to `app`, then `listen`. */
export interface HttpServer extends Closeable {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  /** `host:port` or `unix:/path` as bound; empty before `listen`. */
  readonly address: string;
  readonly url: string;
  /** Aborts once no more is taken: whoever waits for news is then let go. */
  readonly stopping: AbortSignal;
  /** Binds. @throws {MicroError} 500 (ADDRESS_IN_USE) when something else listens there. */
  listen(): Promise<void>;
  /** Says that it is not ready, serves on for `delay`, takes no more, and resolves when what is under way is answered. */
  drain(options?: DrainOptions): Promise<void>;
}

/** Milliseconds. */
export interface DrainOptions {
  /** Default 0. */
  readonly delay?: number;
  /** For what is under way. Default 30 seconds. */
  readonly timeout?: number;
}

/**
 * Makes the server that all programs share: TLS, limits, host and origin rules, token, one form of error, health,
 * metrics and access log.
 * @throws {MicroError} 400 (USAGE) when it would listen beyond this machine without a token.
 */
export async function httpServer(options: HttpOptions): Promise<HttpServer> {
  const place = await resolvePlace(options.address, options.name);
  const token = options.token && (await Token.open(options.token, options.name));
  try {
    checkExposure(isLocal(place), options);
    return await listener(options, place, token);
  } catch (error) {
    token?.close();
    throw error;
  }
}

function checkExposure(local: boolean, options: HttpOptions): void {
  if (local || options.token) return;
  const log = options.log ?? silent;
  if (options.public) {
    log.warn(
      { address: options.address },
      "open beyond this machine: every service can be reached through it",
    );
    return;
  }
  if (options.insecure) {
    log.warn({ address: options.address }, "open beyond this machine without a token (--insecure)");
    return;
  }
  throw new MicroError(
    options.name,
    400,
    `address "${options.address}": reachable from other machines: needs --token_file, or --insecure`,
    { reason: "USAGE" },
  );
}
