import { formatAddress } from "../core/address.js";
import { timeout } from "../core/errors.js";
import type { Node } from "../core/service.js";
import { within } from "../core/within.js";
import type { Connection, Transport } from "../transport/transport.js";

/** Opens the transport of a name; the same one each time. */
export type TransportByName = (name: string | undefined) => Promise<Transport>;

/** Connections to nodes, over the transport that each node names in its metadata. */
export class Nodes {
  readonly #transports: TransportByName;
  readonly #open = new WeakMap<Node, Connection>();

  constructor(transports: TransportByName) {
    this.#transports = transports;
  }

  /** The open connection to `node`, which is the hot path. */
  open(node: Node): Connection | undefined {
    const connection = this.#open.get(node);
    return connection?.closed ? undefined : connection;
  }

  /** @throws {MicroError} 503 when nothing listens there. */
  async dial(
    node: Node,
    limits: { readonly left: number; readonly signal?: AbortSignal },
  ): Promise<Connection> {
    const transport = await this.#transports(node.metadata.transport);
    const address = formatAddress({ host: node.address, port: node.port });
    const dialling = transport.dial(address, {
      timeout: Math.min(1000, limits.left),
      signal: limits.signal,
      secure: node.metadata.secure === "true",
      mux: node.metadata.mux === "1",
    });
    const late = () =>
      timeout("go.micro.client", `connect to "${address}": no answer in time`, { executed: "no" });
    const connection = await within(dialling, limits.left, late);
    this.#open.set(node, connection);
    return connection;
  }
}
