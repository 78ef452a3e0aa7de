import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

/** What a request says before its body. Node's own messages have this form, and so has what the fast front reads. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Name after value, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly socket: Socket;
  /** As `1.0`. */
  readonly httpVersion?: string | undefined;
}
