import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../core/log.js";
import type { Exchange } from "./exchange.js";

/** Writes one line for one request: never its query or its headers, which may hold secrets. */
export function writeAccess(
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
  exchange: Exchange,
  duration: number,
): void {
  const fields = {
    request: exchange.id,
    method: request.method,
    path: exchange.path.path,
    target: exchange.label,
    status: response.statusCode,
    duration: Math.round(duration * 100) / 100,
    client: exchange.client,
    ...(response.writableFinished ? {} : { cut: true }),
  };
  log.info(fields, "request");
}
