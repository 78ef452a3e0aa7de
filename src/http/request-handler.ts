import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { answerBuffered, type BufferedHandler } from "./body/buffered-request.js";
import type { BodyLimits } from "./body/read-body.js";
import type { RequestContext } from "./message/request-context.js";

/** Handles the hot routes, before fastify's router. */
export interface RequestHandler {
  /**
   * Who answers a request, or an upgrade, to that path. Undefined for what the router answers. Every way in asks this once
   * and follows the answer. It never throws.
   */
  route(method: string, path: string, upgrade: boolean): Route | undefined;
}

/** Who answers a request. An error that it throws or rejects with becomes the answer. */
export interface Route {
  /** The path is relayed, and its service named before its first `//`, if it has one: `//` and `OPTIONS` are the service's. */
  readonly relayed?: boolean;
  /** For the fast front: answers the request with its whole body. Undefined for a stream and for what is refused. */
  readonly buffered?: BufferedHandler | undefined;
  /** For requests that Node's server read, over HTTP/1.1 or HTTP/2. */
  request(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> | void;
  /** Owns the socket of an upgrade from then on. Without it the router does. */
  upgrade?(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    context: RequestContext,
  ): Promise<void> | void;
}

/** The route of what takes whole bodies only. */
export function bufferedRoute(buffered: BufferedHandler, limits: BodyLimits): Route {
  return {
    buffered,
    request: (request, response, context) => answerBuffered(buffered, request, response, { context, limits }),
  };
}
