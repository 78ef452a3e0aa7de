import type { Log } from "../../core/log/log.js";
import type { RequestContext } from "../message/request-context.js";
import type { RequestHead } from "../message/request-head.js";
import type { InFlightRequests } from "../observe/in-flight-requests.js";
import type { Metrics } from "../observe/metrics.js";
import type { RequestStats } from "../observe/stats.js";
import { writeAccess } from "./access.js";
import type { Connections } from "./connections.js";

export interface LedgerParts {
  readonly connections: Connections;
  readonly underWay: InFlightRequests;
  readonly metrics: Metrics;
  readonly stats: RequestStats | undefined;
  readonly log: Log | undefined;
}

/** Tells how a request ended: its status, and whether the answer went out whole. */
export type Close = (status: number, whole: boolean) => void;

/** Knows which requests are under way, and writes down how each ended: for metrics, statistics and log. */
export class RequestTracker {
  readonly #parts: LedgerParts;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  /** Enters a request that the edge let in. */
  enter(head: RequestHead, exchange: RequestContext): Close {
    const { connections, underWay, metrics, stats, log } = this.#parts;
    let over = false;
    const end = () => {
      if (!over) underWay.end();
      over = true;
    };
    underWay.begin();
    metrics.active++;
    connections.began(head.socket, end);
    return (status, whole) => {
      end();
      metrics.active--;
      connections.ended(head.socket, end);
      const duration = performance.now() - exchange.started;
      stats?.count(status);
      metrics.observe(exchange.label, head.method ?? "", status, duration);
      if (log) writeAccess(log, exchange, { method: head.method, status, whole, duration });
    };
  }
}
