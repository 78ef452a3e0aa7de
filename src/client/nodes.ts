import { withTimeout } from "../core/async/with-timeout.js";
import { timeout } from "../core/errors.js";
import { formatAddress } from "../core/net/address.js";
import type { Node } from "../core/service.js";
import type { Connection, Transport } from "../transport/transport.js";
import { NodeLimit } from "./node-limit.js";

/** Opens the transport of a name; the same one each time. */
export type TransportByName = (name: string | undefined) => Promise<Transport>;

/** Nodes remembered at most; the registry is not trusted to be small. */
const maxKnown = 20_000;

/** What calls to one node share. */
export interface NodeHandle {
  readonly limit: NodeLimit;
  /** Open, or closed since it was last used. */
  connection: Connection | undefined;
}

/** Connections to nodes, over the transport that each node names in its metadata. */
export class Nodes {
  readonly #transports: TransportByName;
  readonly #targets = new WeakMap<Node, NodeHandle>();
  /** The registry hands out new objects for a node that it already had: what is under way there still counts. */
  readonly #limits = new Map<string, NodeLimit>();

  constructor(transports: TransportByName) {
    this.#transports = transports;
  }

  /** What calls to `node` share: one look, on the hot path. */
  target(node: Node): NodeHandle {
    return this.#targets.get(node) ?? this.#add(node);
  }

  /** The open connection to `node`. */
  open(node: Node): Connection | undefined {
    return openOf(this.target(node));
  }

  #add(node: Node): NodeHandle {
    const key = `${node.id}@${node.address}:${node.port}`;
    const limit = this.#limits.get(key) ?? new NodeLimit(node);
    if (this.#limits.size >= maxKnown)
      for (const [each, { idle }] of this.#limits) if (idle) this.#limits.delete(each);
    this.#limits.set(key, limit);
    const target = { limit, connection: undefined };
    this.#targets.set(node, target);
    return target;
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
      foreign: node.foreign,
    });
    const late = () =>
      timeout("go.micro.client", `connect to "${address}": no answer in time`, { executed: "no" });
    const connection = await withTimeout(dialling, limits.left, late);
    this.target(node).connection = connection;
    return connection;
  }
}

/** The connection of a target, unless it was closed since. */
export function openOf({ connection }: NodeHandle): Connection | undefined {
  return connection?.closed ? undefined : connection;
}
