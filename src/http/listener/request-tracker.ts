import type { Log } from "../../core/log/log.js";
import type { RequestContext } from "../message/request-context.js";
import type { RequestHead } from "../message/request-head.js";
import type { InFlightRequests } from "../observe/in-flight-requests.js";
import type { Metrics } from "../observe/metrics.js";
import type { RequestStats } from "../observe/stats.js";
import type { Connections } from "./connections.js";

export interface TrackerParts {
  readonly connections: Connections;
  readonly inFlight: InFlightRequests;
  readonly metrics: Metrics;
  readonly stats: RequestStats | undefined;
  readonly log: Log | undefined;
}

/** Records the end of a request: its status, and whether the response was sent completely. */
export type Close = (status: number, complete: boolean) => void;

/** Counts the requests in flight, and records the end of each in metrics, statistics and log. */
export class RequestTracker {
  readonly #parts: TrackerParts;

  constructor(parts: TrackerParts) {
    this.#parts = parts;
  }

  /** Starts tracking an admitted request. Call the result when it has ended. */
  enter(head: RequestHead, context: RequestContext): Close {
    const { connections, inFlight, metrics, stats, log } = this.#parts;
    let over = false;
    const end = () => {
      if (!over) inFlight.end();
      over = true;
    };
    inFlight.begin();
    metrics.active++;
    connections.began(head.socket, end);
    return (status, complete) => {
      end();
      metrics.active--;
      connections.ended(head.socket, end);
      const duration = performance.now() - context.started;
      stats?.count(status);
      metrics.observe(context.label, head.method ?? "", status, duration);
      if (log) writeAccess(log, context, { method: head.method, status, complete, duration });
    };
  }
}

interface Ended {
  readonly method: string | undefined;
  readonly status: number;
  /** The answer went out to its end. */
  readonly complete: boolean;
  /** Milliseconds. */
  readonly duration: number;
}

/** Writes one line for one request: never its query or its headers, which may hold secrets. */
function writeAccess(log: Log, context: RequestContext, ended: Ended): void {
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
