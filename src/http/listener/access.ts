import type { Log } from "../../core/log/log.js";
import type { RequestContext } from "../message/request-context.js";

export interface Ended {
  readonly method: string | undefined;
  readonly status: number;
  /** The answer went out to its end. */
  readonly complete: boolean;
  /** Milliseconds. */
  readonly duration: number;
}

/** Writes one line for one request: never its query or its headers, which may hold secrets. */
export function writeAccess(log: Log, context: RequestContext, ended: Ended): void {
  const fields = {
    request: context.id,
    method: ended.method,
    path: context.path.path,
    target: context.label,
    status: ended.status,
    duration: Math.round(ended.duration * 100) / 100,
    client: context.client,
    ...(ended.complete ? {} : { cut: true }),
  };
  log.info(fields, "request");
}
