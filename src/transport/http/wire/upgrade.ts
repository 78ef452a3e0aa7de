import type { Duplex } from "node:stream";
import type { Abortable, Closeable } from "../../../core/closeable.js";
import type { ConcurrencyLimit } from "../../concurrency-limit.js";
import type { Connection, DialOptions, TlsOptions, TransportHandler } from "../../transport.js";

/** A second protocol on the HTTP port. Peers that know it switch to it by HTTP `Upgrade`; all others use HTTP. */
export interface Upgrade {
  /** The token of the `Upgrade` header, in lower case: `micro-mux`. */
  readonly token: string;
  /** Connects and requests the upgrade. Undefined when the peer declines it: then use HTTP. */
  dial(address: string, options: UpgradeDial): Promise<Connection | undefined>;
  /** Takes over a socket after an upgrade request, and writes the 101 itself. `head` holds bytes after the request. */
  accept(socket: Duplex, head: Uint8Array, options: UpgradeAccept): UpgradedConnection;
}

export interface UpgradeDial extends Pick<DialOptions, "secure" | "timeout" | "foreign"> {
  readonly tls?: TlsOptions;
  /** Milliseconds to keep an idle connection. Default 60,000. */
  readonly idle?: number;
  /** Called when either side has closed the connection: the next dial opens another. */
  readonly onClose: () => void;
}

export interface UpgradeAccept {
  readonly handler: TransportHandler;
  /** Limits the calls of this port, over all protocols. */
  readonly limit: ConcurrencyLimit;
  /** Logs an unexpected error that ended a request. */
  readonly logUnexpected: (error: unknown) => void;
  /** `host:port` of the peer. */
  readonly remote: string;
}

/** One upgraded connection, as its listener sees it. */
export interface UpgradedConnection extends Closeable {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  /** Refuses new work, tells the peer so, and resolves when the work in flight is answered. */
  drain(options?: Abortable): Promise<void>;
}
