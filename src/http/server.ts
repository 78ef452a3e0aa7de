import { MicroError } from "../core/errors.js";
import { silent } from "../core/log/log.js";
import { Token } from "./admission/token.js";
import { isLocal, resolvePlace } from "./listener/bind.js";
import type { HttpServer } from "./listener/listener.js";
import { listener } from "./listener/listener.js";
import type { HttpOptions } from "./options.js";

export type { RequestContext } from "./message/request-context.js";
export type { HttpOptions } from "./options.js";
export type { RequestHandler } from "./request-handler.js";

/**
 * Creates the HTTP server that all programs use: TLS, limits, host and origin rules, token, errors, health, metrics and
 * access log.
 * @throws {MicroError} 400 (USAGE) when it would be reachable from other machines without a token.
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
