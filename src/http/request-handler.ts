import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { BufferedHandler } from "./body/buffered-request.js";
import type { RequestContext } from "./message/request-context.js";

/** Takes requests before the framework's router: the routes that carry load. */
export interface RequestHandler {
  /**
   * Who answers a request of that method to that path, whose reading is plain, as a whole; nothing for one that is a
   * stream, is refused, or is the router's. It never throws.
   */
  whole?(method: string, path: string): BufferedHandler | undefined;
  /** True for a path that is relayed, and whose service is named before its first `//`, if it has one. It never throws. */
  relays?(method: string, path: string, upgrade: boolean): boolean;
  /** Returns false for a request that the router shall have. It never throws. */
  request(request: IncomingMessage, response: ServerResponse, exchange: RequestContext): boolean;
  /** The same for an upgrade; it owns the socket from then on. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, exchange: RequestContext): boolean;
}
