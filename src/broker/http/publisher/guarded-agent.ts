import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import { formatAddress } from "../../../core/net/address.js";
import { type ConnectOptions, connect } from "../../../transport/connect.js";

/** Milliseconds for which an idle socket is kept: less than the 65 s after which the peer closes it. */
const idle = 60_000;

type Created = (error: Error | null, socket?: Duplex) => void;

/** Keeps connections to subscribers alive. Dials under the rules for calls, so that no forbidden address is reached. */
export class GuardedAgent extends Agent {
  readonly #options: ConnectOptions;

  constructor(options: ConnectOptions) {
    super({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64, timeout: idle });
    this.#options = options;
  }

  override createConnection({ host, port }: { host?: string; port?: number }, created: Created): undefined {
    const address = formatAddress({ host: host ?? "", port: Number(port) });
    connect(address, this.#options).then(
      (socket) => created(null, socket),
      (error: Error) => created(error),
    );
  }
}
