import type { Duplex } from "node:stream";
import type { Abortable, Closeable } from "../../../core/closeable.js";
import type { ConcurrencyLimit } from "../../concurrency-limit.js";
import type { Connection, DialOptions, TlsOptions, TransportHandler } from "../../transport.js";

/** A wire that shares the port: a peer asks for it by HTTP `Upgrade`, and HTTP stays for all others. */
export interface Upgrade {
  /** The token of the `Upgrade` header, lower case, as `micro-mux`. */
  readonly token: string;
  /** Asks the peer for it. Resolves with nothing when the peer does not offer it: then HTTP serves. */
  dial(address: string, options: UpgradeDial): Promise<Connection | undefined>;
  /** Takes over a socket whose request asked for `token`; it writes the 101 itself. `head` came behind the request. */
  accept(socket: Duplex, head: Uint8Array, options: UpgradeAccept): UpgradedConnection;
}

export interface UpgradeDial extends Pick<DialOptions, "secure" | "timeout" | "foreign"> {
  readonly tls?: TlsOptions;
  /** To be called when the connection is closed, by either side: the next dial opens another. */
  readonly onClose: () => void;
}

export interface UpgradeAccept {
  readonly handler: TransportHandler;
  /** Counts the calls of this port, whichever wire they come by. */
  readonly limit: ConcurrencyLimit;
  /** Logs what ended a request and should not have. */
  readonly logUnexpected: (error: unknown) => void;
  /** `host:port` of the peer. */
  readonly remote: string;
}

/** One upgraded connection, as its listener sees it; `closed` resolves when it is gone. */
export interface UpgradedConnection extends Closeable {
  readonly closed: Promise<void>;
  /** Takes no more work, says so to the peer, and resolves when what is under way is answered. */
  drain(options?: Abortable): Promise<void>;
}
