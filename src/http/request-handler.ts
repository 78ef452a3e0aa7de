import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { BufferedHandler } from "./body/buffered-request.js";
import type { RequestContext } from "./message/request-context.js";

/** Takes requests before the framework's router: the routes that carry load. */
export interface RequestHandler {
  /**
   * The handler for a buffered request of that method to that plain path. Undefined for a stream, for what is refused,
   * and for what the router answers. It never throws.
   */
  bufferedHandler?(method: string, path: string): BufferedHandler | undefined;
  /** True for a path that is relayed, and whose service is named before its first `//`, if it has one. It never throws. */
  relays?(method: string, path: string, upgrade: boolean): boolean;
  /** Returns false for a request that the router shall have. It never throws. */
  request(request: IncomingMessage, response: ServerResponse, context: RequestContext): boolean;
  /** The same for an upgrade; it owns the socket from then on. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext): boolean;
}
