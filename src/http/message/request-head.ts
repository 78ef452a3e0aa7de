import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

/** The head of a request. Implemented by Node's messages and by requests that the fast front has parsed. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Alternating names and values, as sent. */
  readonly rawHeaders: readonly string[];
  readonly socket: Socket;
  /** Such as `1.0`. */
  readonly httpVersion?: string | undefined;
}
