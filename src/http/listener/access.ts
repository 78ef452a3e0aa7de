import type { Log } from "../../core/log/log.js";
import type { RequestContext } from "../message/request-context.js";

export interface Ended {
  readonly method: string | undefined;
  readonly status: number;
  /** The answer went out to its end. */
  readonly whole: boolean;
  /** Milliseconds. */
  readonly duration: number;
}

/** Writes one line for one request: never its query or its headers, which may hold secrets. */
export function writeAccess(log: Log, exchange: RequestContext, ended: Ended): void {
  const fields = {
    request: exchange.id,
    method: ended.method,
    path: exchange.path.path,
    target: exchange.label,
    status: ended.status,
    duration: Math.round(ended.duration * 100) / 100,
    client: exchange.client,
    ...(ended.whole ? {} : { cut: true }),
  };
  log.info(fields, "request");
}
