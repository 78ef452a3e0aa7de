import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { answerBuffered, type BufferedHandler } from "./body/buffered-request.js";
import type { BodyLimits } from "./body/read-body.js";
import type { RequestContext } from "./message/request-context.js";

/** Handles the hot routes, before fastify's router. */
export interface RequestHandler {
  /**
   * The route of a request or upgrade to that path. Undefined for the router's. Called once per request on each way in:
   * again where the fast front passes one on, because it is not buffered. Should not throw: that becomes a 500.
   */
  route(method: string, path: string, upgrade: boolean): Route | undefined;
}

/** Answers requests. Its errors become error responses. */
export interface Route {
  /** True for a relayed path whose service is named before its first `//`: the service handles `//` and `OPTIONS`. */
  readonly relayed?: boolean;
  /** For the fast front: answers a buffered request. Undefined for streams and refused requests. */
  readonly buffered?: BufferedHandler | undefined;
  /** For requests from Node's server, over HTTP/1.1 or HTTP/2. */
  request(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> | void;
  /** Handles an upgrade, and owns its socket from then on. Undefined: the router handles it. */
  upgrade?(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    context: RequestContext,
  ): Promise<void> | void;
}

/** The route of a handler that takes buffered requests only. */
export function bufferedRoute(buffered: BufferedHandler, limits: BodyLimits): Route {
  return {
    buffered,
    request: (request, response, context) => answerBuffered(buffered, request, response, { context, limits }),
  };
}
